"""English: where each text is written first."""

TEXTS: dict[str, str | tuple[str, str]] = {
    # A comment in a mail.
    "comment.on": "{author} on “{title}”",
    "comment.subject": "{author} on {title}",
    "comment.subject_many": (
        "{n} new comment on {title}",
        "{n} new comments on {title}",
    ),
    "comment.read": "Read and answer it",
    # At the end of each mail to a reader.
    "mail.why": "You get this because you asked for it.",
    "mail.less": "Less mail, or none",
    # New comments, to the staff.
    "staff.subject_held": "[{site}] Please moderate: {title}",
    "staff.subject_published": "[{site}] New comment: {title}",
    "staff.subject_many": ("[{site}] {n} new comment", "[{site}] {n} new comments"),
    "staff.held": "Waits for you.",
    "staff.published": "Published.",
    "staff.approve": "Approve it",
    "staff.spam": "Spam it",
    "staff.trash": "Trash it",
    "staff.links": "Each link opens a page with one button, works once, and ends after a week.",
    "staff.queue": "The whole queue",
    # A rejection is to be looked at again.
    "appeal.subject": "[{site}] An author asks again: {title}",
    "appeal.intro": "An author asks to have this comment looked at again. It was rejected before.",
    "appeal.words": "What the author says to that:",
    "appeal.no_words": "The author says nothing more to that.",
    "appeal.all": "All that were asked for again",
    # What became of a comment, to its author.
    "decided.subject_published": "Your comment is published: {title}",
    "decided.subject_rejected": "Your comment was not published: {title}",
    "decided.published": (
        "Your comment on “{title}” has been approved. Everybody can read it now."
    ),
    "decided.see": "See it in its place",
    "decided.rejected": (
        "A moderator has decided not to publish your comment on “{title}”. It is kept for a "
        "while; the private page you got when you sent it shows it, and lets you ask once to have "
        "it looked at again."
    ),
    # May we write to you?
    "confirm.subject": "Please confirm that {site} may write to you",
    "confirm.intro": (
        "Somebody, probably you, asked {site} to write to this address about answers to comments."
    ),
    "confirm.how": "If you want that, open this page and press the button:",
    "confirm.open": "Yes, I want mail about answers",
    "confirm.if_not": (
        "If not, do nothing: nothing more will be sent, and the request is deleted after some days."
    ),
    # What is kept about you?
    "privacy.subject": "What {site} keeps about you",
    "privacy.intro": "Somebody, probably you, asked {site} what it keeps about this address.",
    "privacy.how": "The page is open for a day:",
    "privacy.open": "Read it, take it with you, or have it deleted",
    "privacy.if_not": (
        "If it was not you, do nothing: nothing is changed and nobody else can open that page."
    ),
    # A test from the desk.
    "test.subject": "A test from {site}",
    "test.works": "Mail from {site} works. This test was asked for on {date} at {time} (UTC).",
    "test.log": "The mail log",
    # The page of a link that decides.
    "decide.question": "{verb}?",
    "decide.approve": "Approve",
    "decide.spam": "Mark as spam",
    "decide.trash": "Move to trash",
    "decide.title": "The comment",
    "decide.done_approve": "Done: the comment is published.",
    "decide.done_spam": "Done: the comment is marked as spam.",
    "decide.done_trash": "Done: the comment is in the trash.",
    "decide.over": (
        "This link is over: the comment was decided on or changed since the mail was sent, or a "
        "week has passed. Nothing was changed. Sign in to see how it stands."
    ),
    "decide.queue": "To the queue",
    # Pages about mail, for readers.
    "page.skip": "Skip to the text",
    "asked.title": "Please look into your mail",
    "asked.sent": (
        "A mail with a link is on its way to the address you commented with. Nothing else is sent "
        "before you confirm it there. It comes once a day at most."
    ),
    "asked.title_confirmed": "You will hear of it",
    "asked.confirmed": (
        "Your address is confirmed already. Every mail has a link by which you get less of them, "
        "or none."
    ),
    "asked.back": "Back to your comment",
    "welcome.title": "May {site} write to you?",
    "welcome.help": (
        "You asked to hear of comments here. You can stop it at any time, by a link in every mail."
    ),
    "welcome.button": "Yes, write to me",
    "manage.title": "What you hear of",
    "manage.replies": "Answers to your comment on “{title}”",
    "manage.thread": "Every comment on “{title}”",
    "manage.series": "Every comment on the series “{title}”",
    "manage.stop": "Stop this",
    "manage.stop_all": "Stop all mail",
    "manage.nothing": "Nothing. No mail is sent to you.",
    # The page of an invitation.
    "join.title": "Join the staff",
    "join.admin": "This link works once. It makes you an admin of this blog.",
    "join.moderator": "This link works once. It makes you a moderator of this blog.",
    "join.author": "This link works once. It makes you an author of this blog.",
    "join.name": "Name",
    "join.email": "Email",
    "join.password": "Password",
    "join.password_help": "At least {shortest} characters; several words are best.",
    "join.language": "Language of mail to you",
    "join.button": "Join and sign in",
    "join.name_missing": "Please type the name that readers will see.",
    "join.email_missing": "Please type your email address.",
    "join.email_long": "An email address has at most {longest} characters.",
    "join.password_missing": "Please choose a password.",
    # What is refused there, by its code; in English as the operations say it themselves.
    "refusal.email_bad": "This is not an address that mail can be sent to.",
    "refusal.email_taken": "Somebody signs in with this address already.",
    "refusal.language_unknown": "Choose one of the languages offered.",
    "refusal.name_missing": "A name is needed.",
    "refusal.name_long": "The name is too long: use at most {longest_name} characters.",
    "refusal.name_characters": "The name holds characters that nobody sees.",
    "refusal.password_characters": "The password holds characters that cannot be kept.",
    "refusal.password_short": (
        "The password is too short: use at least {shortest} characters, better {recommended} or "
        "more."
    ),
    "refusal.password_long": "The password is too long: use at most {longest} characters.",
    "refusal.password_own": "The password must not be your own name or address.",
    "refusal.password_common": (
        "This password is one of the first that are tried: choose another one."
    ),
}
