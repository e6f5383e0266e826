"""WordPress's shortcodes, one by one, as plain HTML.

Nothing here is safe to show: what comes out still has to pass the cleaner for posts.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import basename
from urllib.parse import unquote, urlsplit

GALLERY_LIMIT = 500

# Attribute syntax of WordPress: name="a", name='a', name=a, or a value alone. Possessive
# repeats, because an author's unclosed quote must not make this slow.
_ATTRIBUTE = re.compile(
    r"""([\w-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"']++))|"([^"]*+)"|'([^']*+)'|(\S++)"""
)
_FIRST_ATTRIBUTE = re.compile(r"\s++[\w-]++=[\"'\w]")
_CAPTION_MEDIA = re.compile(
    r"\s*+((?:<a\s[^<>]*+>\s*+)?+<img\s[^<>]*+>(?:\s*+</a>)?+)(.*)", re.DOTALL | re.IGNORECASE
)
_ADDRESS = re.compile(r"https?://[^\s<>\"'\[\]]++", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z0-9_.-]{1,30}")
_GIST = re.compile(r"[A-Za-z0-9_-]{1,60}(?:/[A-Za-z0-9]{1,60})?")
# What a gallery and a playlist take of the files attached to their post.
_KINDS = {
    "gallery": re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp)(?:\?|$)", re.IGNORECASE),
    "playlist": re.compile(r"\.(?:mp3|m4a|ogg|oga|wav|wma|flac)(?:\?|$)", re.IGNORECASE),
}
_ALIGNMENTS = frozenset({"alignleft", "alignright", "aligncenter", "alignnone"})
_LANGUAGE_NAMES = {"c++": "cpp", "c#": "csharp", "f#": "fsharp", "js": "javascript"}


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CAPTIONS = frozenset({"caption", "wp_caption"})
CODES = frozenset({"code", "sourcecode", "source", "cc", "cci", "ccb", "cce"})
# Highlighting plugins take a language for a name; only with a closing twin is it one.
LANGUAGES = _names(
    "bash c cpp csharp css diff go html java javascript js json matlab perl php powershell "
    "python ruby scala shell sql swift text typescript vb xml yaml"
)
# Shortcodes of wordpress.com and Jetpack that do little else than name an address.
LINKING = _names(
    "dailymotion facebook flickr googlemaps instagram scribd slideshare soundcloud ted tiktok "
    "tweet twitter vimeo vine youtube"
)
MEDIA = frozenset({"audio", "video"})
# In this order: the first that is there is the recording to link to.
_RECORDINGS = (
    *("src", "mp3", "m4a", "ogg", "oga", "wav", "wma", "flac"),
    *("mp4", "m4v", "webm", "ogv", "wmv", "flv"),
)
ENCLOSING = CAPTIONS | CODES | LANGUAGES | LINKING | MEDIA | {"embed", "gist"}
HANDLED = ENCLOSING | {"gallery", "playlist"}

_PLUGIN_NAMES = _names(
    "add_to_cart advanced_iframe contact-form contact-form-7 contact_form display-posts "
    "elementor-template embedly formidable gravityform gravityforms jetpack_subscription_form "
    "latest_posts latex login-form mc4wp_form nggallery ninja_form ninja_forms playlist_wmp poll "
    "polldaddy product product_category product_page products recent_products rev_slider "
    "simple-payment singlepic sitemap slideshow smartslider3 table tablepress toc woocommerce_cart "
    "woocommerce_checkout wp-members wpdm_package wpforms wpvideo"
)
_PLUGIN_PREFIXES = ("vc_", "et_pb_", "fusion_", "av_", "ngg", "su_", "woocommerce_", "wpdm", "tve_")


@dataclass(slots=True)
class Rendering:
    """What one post's conversion knows and what it has to tell."""

    attachments: Mapping[int, str]
    attached: Sequence[int] = ()
    notes: Counter[str] = field(default_factory=Counter)
    live_blocks: set[str] = field(default_factory=set)

    def note(self, sentence: str) -> None:
        self.notes[sentence] += 1

    def sentences(self) -> list[str]:
        """The notes, each once, with a count where it came up more than once."""
        told = [f"{text} ({n} times)" if n > 1 else text for text, n in self.notes.items()]
        if self.live_blocks:
            names = ", ".join(sorted(self.live_blocks))
            told.append(f"Left out, because WordPress fills them in while serving: {names}.")
        return told


@dataclass(frozen=True, slots=True)
class Shortcode:
    """`[name attributes]content[/name]`; `content` is None for one without a closing part."""

    name: str
    attributes: Mapping[str, str]
    values: tuple[str, ...]
    content: str | None


def parse_attributes(text: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Named attributes, names in lower case, and the values that stand alone."""
    named: dict[str, str] = {}
    alone: list[str] = []
    for match in _ATTRIBUTE.finditer(text):
        name = match.group(1)
        value = next((part for part in match.groups()[1:] if part is not None), "")
        if name is not None:
            # Quotes that an editor made round are part of no value.
            named[name.lower()] = value.strip("“”″")
        elif value.strip("/\"'"):
            alone.append(value.lstrip("="))
    return named, tuple(alone)


def looks_registered(name: str, attributes: str, closed: bool) -> bool:
    """Whether a bracket that is left alone was a plugin's shortcode rather than prose."""
    if name in _PLUGIN_NAMES or name.startswith(_PLUGIN_PREFIXES):
        return True
    return closed or _FIRST_ATTRIBUTE.match(attributes) is not None


def render(code: Shortcode, rendering: Rendering, inner: Callable[[str], str]) -> str | None:
    """The HTML for a handled shortcode, or None when it is better left as text.

    `inner` converts a caption's content, which may hold markup of its own.
    """
    if code.name in CAPTIONS:
        return _caption(code, inner)
    if code.name in CODES or code.name in LANGUAGES:
        return _code(code)
    special = _RENDERERS.get(code.name)
    if special is not None:
        return special(code, rendering)
    address = _address_in(code)
    return None if address is None else _block(link(address))


def link(address: str, text: str = "") -> str:
    """A link to an address that was taken from HTML, so that it may hold entities."""
    plain = html.unescape(address)
    return f'<a href="{html.escape(plain)}">{html.escape(text or plain)}</a>'


def caption_text(attributes: Mapping[str, str]) -> str:
    """The caption of the old form, which carried it as an attribute."""
    return attributes.get("caption", "")


def _block(markup: str) -> str:
    return f"\n\n<p>{markup}</p>\n\n"


def _caption(code: Shortcode, inner: Callable[[str], str]) -> str:
    content = inner(code.content or "")
    media = _CAPTION_MEDIA.match(content)
    picture, text = (media.group(1), media.group(2)) if media else (content, "")
    caption = " ".join(part for part in (caption_text(code.attributes), text.strip()) if part)
    align = code.attributes.get("align", "")
    classes = f"wp-caption {align}" if align in _ALIGNMENTS else "wp-caption"
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'\n\n<figure class="{classes}">{picture.strip()}{below}</figure>\n\n'


def _code(code: Shortcode) -> str | None:
    if code.content is None:
        return None
    language = code.attributes.get("lang") or code.attributes.get("language") or ""
    if code.name in LANGUAGES:
        language = code.name
    language = language.strip().lower()
    language = _LANGUAGE_NAMES.get(language, language)
    attribute = f' class="language-{language}"' if _LANGUAGE.fullmatch(language) else ""
    source = code.content.strip("\r\n")
    # Highlighters store their text with < as &lt;. A raw < shows that this one did not.
    if "<" not in source:
        source = html.unescape(source)
    return f"\n\n<pre><code{attribute}>{html.escape(source, quote=False)}</code></pre>\n\n"


def _numbers(text: str) -> list[int]:
    return [int(part) for part in re.findall(r"[0-9]{1,18}", text)]


def _named_files(code: Shortcode, rendering: Rendering) -> list[str]:
    """Addresses of the files a gallery or playlist names, or of those attached to the post."""
    named = _numbers(code.attributes.get("ids") or code.attributes.get("include") or "")
    left_out = set(_numbers(code.attributes.get("exclude", "")))
    numbers = named or [number for number in rendering.attached if number not in left_out]
    if not numbers:
        rendering.note(f"A [{code.name}] names no files, and none are attached to the post.")
    if len(numbers) > GALLERY_LIMIT:
        rendering.note(f"A [{code.name}] was cut to its first {GALLERY_LIMIT} files.")
    found = []
    for number in numbers[:GALLERY_LIMIT]:
        address = rendering.attachments.get(number)
        if address is None:
            rendering.note(f"A [{code.name}] names a file that is not in the export.")
        elif named or _KINDS[code.name].search(address):
            found.append(address)
    return found


def _gallery(code: Shortcode, rendering: Rendering) -> str:
    pictures = [
        f'<figure><img src="{html.escape(address)}" alt=""></figure>'
        for address in _named_files(code, rendering)
    ]
    return "\n\n" + "\n".join(pictures) + "\n\n" if pictures else ""


def _playlist(code: Shortcode, rendering: Rendering) -> str:
    entries = [f"<li>{_file_link(address)}</li>" for address in _named_files(code, rendering)]
    return "\n\n<ul>\n" + "\n".join(entries) + "\n</ul>\n\n" if entries else ""


def _media(code: Shortcode, rendering: Rendering) -> str | None:
    addresses = [code.attributes[key] for key in _RECORDINGS if code.attributes.get(key)]
    if not addresses:
        named = _address_in(code)
        if named is None:
            rendering.note(f"An [{code.name}] without an address was left as text.")
            return None
        # The old audio shortcode: address|option=value
        addresses = [named.split("|")[0]]
    # All attributes of one shortcode are formats of the same recording.
    return _block(_file_link(addresses[0]))


def _file_link(address: str) -> str:
    try:
        name = unquote(basename(urlsplit(html.unescape(address)).path))
    except ValueError:
        name = ""
    return link(address, name)


def _gist(code: Shortcode, rendering: Rendering) -> str | None:
    address = _address_in(code)
    if address is None:
        named = code.attributes.get("id") or (code.content or "").strip()
        named = named or (code.values[0] if code.values else "")
        if not _GIST.fullmatch(named):
            return None
        address = f"https://gist.github.com/{named}"
    return _block(link(address))


def _address_in(code: Shortcode) -> str | None:
    """The first address in the content, an attribute or a value of its own."""
    places = [code.content or "", *code.values, *code.attributes.values()]
    for place in places:
        match = _ADDRESS.search(place)
        if match is not None:
            return match.group()
    return None


_RENDERERS: dict[str, Callable[[Shortcode, Rendering], str | None]] = {
    "gallery": _gallery,
    "playlist": _playlist,
    "audio": _media,
    "video": _media,
    "gist": _gist,
}
