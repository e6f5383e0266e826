"""Extension objects that know no app yet."""

from __future__ import annotations

from flask_wtf import CSRFProtect

csrf = CSRFProtect()
