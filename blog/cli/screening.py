"""`blog screening`: the learner, taught, measured and asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from blog.cli.app import in_app

if TYPE_CHECKING:
    from blog.screening.measures import Measures

A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def screening() -> None:
    """Teach, measure and ask the spam learner."""


@screening.command()
@click.argument("files", metavar="FILE", type=A_FILE, nargs=-1, required=True)
@click.option(
    "--train",
    "train_files",
    type=A_FILE,
    multiple=True,
    help="Learn from this file, and others named after it, alone; then judge FILE.",
)
@click.option("--prior", is_flag=True, help="Start from the bundled model instead of nothing.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def evaluate(
    files: tuple[Path, ...], train_files: tuple[Path, ...], prior: bool, as_json: bool
) -> None:
    """Measure how well labelled comments are judged (columns CONTENT, CLASS; 1 is spam).

    Without --train and --prior each fifth of FILE is judged by a model of the other four. What the
    blog itself has learnt is not used: FILE may be what it learnt from.
    """
    from blog.errors import Refusal
    from blog.screening.labelled import read_labelled
    from blog.screening.model import Model
    from blog.screening.prior import bundled_prior
    from blog.screening.trial import train, try_folds, try_out

    # `FILE --train A B` is read as well as `FILE --train A --train B`.
    file, *others = files
    if others and not train_files:
        raise click.UsageError("One FILE is measured; name files to learn from with --train.")
    train_files = (*train_files, *others)
    labelled = read_labelled(file)
    if not labelled:
        raise Refusal("bad_csv", f"{file.name} has no comments to judge.")
    if train_files or prior:
        lessons = [pair for path in train_files for pair in read_labelled(path)]
        model = train(lessons, bundled_prior() if prior else Model())
        start = "the bundled model" if prior else "nothing"
        how = f"taught {len(lessons)} comments of {len(train_files)} files, beginning with {start}"
        measures = try_out(model, labelled)
    else:
        how = "each fifth judged by a model of the other four"
        measures = try_folds(labelled)
    if as_json:
        click.echo(json.dumps({**measures.as_json(), "how": how}))
    else:
        _print(file.name, how, measures)


@screening.command("train")
@click.argument("files", type=A_FILE, nargs=-1)
@in_app
def train_learner(files: tuple[Path, ...]) -> None:
    """Teach the learner labelled comments, or without FILES what was decided here last.

    What was decided here (approved, spam; by staff, or on the blog it was imported from) also
    proves how far the learner can be trusted; comments of a file do not.
    """
    from blog.cli.teaching import teach_files, teach_standing_decisions

    if files:
        click.echo(f"Learnt {teach_files(files)} comments of {len(files)} files.")
    else:
        click.echo(f"Learnt {teach_standing_decisions()} decisions.")


@screening.command()
@click.argument("text")
@in_app
def explain(text: str) -> None:
    """Tell how likely a text is spam, and which words counted."""
    from blog.screening.learner import current_model
    from blog.screening.trial import explain as explained

    answer = explained(current_model(), text)
    click.echo(f"{answer.probability:.1%} likely spam.")
    for words, weight in answer.words:
        click.echo(f"{weight:+7.2f}  {words}")


@screening.command()
@click.argument("file", type=A_FILE)
@in_app
def disposable(file: Path) -> None:
    """Take the domains of FILE, one a line, for disposable mail besides the bundled ones."""
    from blog.db import begin_write, db
    from blog.screening.domains import replace_disposable

    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    begin_write()
    count = replace_disposable(lines)
    db.session.commit()
    click.echo(f"{count} domains count as disposable besides the bundled ones.")


@screening.command()
@in_app
def judges() -> None:
    """Tell which judges outside are asked, and how many comments wait for each."""
    from flask import current_app

    from blog.judges.errands import waiting
    from blog.screening.outside import asked_judges
    from blog.settings.queries import load_settings

    settings, config = load_settings(), current_app.extensions["blog_config"]
    asked, left = {judge.name for judge in asked_judges(settings, config)}, waiting()
    for name, is_on, has_key, needs in (
        ("akismet", settings.judges.akismet, config.akismet_key, "BLOG_AKISMET_KEY"),
        ("webhook", settings.judges.webhook, config.judge_url, "BLOG_JUDGE_URL"),
    ):
        state = "asked" if name in asked else f"off (judges.{name} is {is_on})"
        if is_on == "on" and not has_key:
            state = f"not asked: judges.{name} is on, but {needs} is not set"
        count, why = left.get(name, (0, ""))
        click.echo(f"{name}: {state}; {count} wait. {why}".rstrip())


@screening.command("try")
@click.argument("file", type=A_FILE)
@in_app
def try_list(file: Path) -> None:
    """Tell what the words of FILE, one a line, would have caught of the last 10,000 comments."""
    from blog.comments.tryout import MOST_SHOWN, try_words

    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    found = try_words(tuple(line.strip() for line in lines if line.strip()))
    click.echo(
        f"Caught {found.caught} of {found.looked_at} comments; {found.false_alarms} of them are "
        f"approved ({found.approved_by_staff} by the staff), so would have been false alarms."
    )
    if found.left_out:
        click.echo(f"It took too long: {found.left_out} older comments were not looked at.")
    for phrase, count in found.worst:
        click.echo(f"{count:7}  {phrase}")
    if found.alarms:
        numbers = ", ".join(str(caught.comment_id) for caught in found.alarms[:MOST_SHOWN])
        click.echo(f"Approved, such as: {numbers}")


@screening.command()
@click.argument("files", type=A_FILE, nargs=-1, required=True)
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def bundle(files: tuple[Path, ...], target: Path) -> None:
    """Write the model that a new blog starts from (for developers)."""
    from blog.screening.labelled import read_labelled
    from blog.screening.prior import lessened
    from blog.screening.trial import train

    model = lessened(train([pair for path in files for pair in read_labelled(path)]))
    click.echo(f"Wrote {target.write_bytes(model.to_bytes())} bytes.")


def _print(name: str, how: str, measures: Measures) -> None:
    click.echo(f"{name}: {measures.n} comments, {how}.")
    click.echo(f"accuracy     {measures.accuracy:7.2%}")
    click.echo(f"spam caught  {measures.spam_caught:7.2%}")
    click.echo(f"ham blocked  {measures.ham_blocked:7.2%}")
    click.echo(f"MCC          {measures.mcc:7.3f}")
    click.echo(f"ham blocked where 90 % of the spam is caught {measures.ham_blocked_at_90:.2%}")
    click.echo("said to be spam    comments  mean said  truly spam")
    for part in measures.calibration:
        click.echo(
            f"{part.low:4.0%} to {part.high:4.0%} {part.n:15}"
            f"{part.mean_probability:11.1%}{part.spam_share:12.1%}"
        )
