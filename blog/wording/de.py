"""German, with „Sie“."""

TEXTS: dict[str, str | tuple[str, str]] = {
    "comment.on": "{author} zu „{title}“",
    "comment.subject": "{author} zu {title}",
    "comment.subject_many": (
        "{n} neuer Kommentar zu {title}",
        "{n} neue Kommentare zu {title}",
    ),
    "comment.read": "Lesen und antworten",
    "mail.why": "Sie bekommen diese Mail, weil Sie darum gebeten haben.",
    "mail.less": "Weniger Mails oder gar keine",
    "staff.subject_held": "[{site}] Bitte prüfen: {title}",
    "staff.subject_published": "[{site}] Neuer Kommentar: {title}",
    "staff.subject_many": ("[{site}] {n} neuer Kommentar", "[{site}] {n} neue Kommentare"),
    "staff.held": "Wartet auf Ihre Freigabe.",
    "staff.published": "Bereits veröffentlicht.",
    "staff.approve": "Freigeben",
    "staff.spam": "Als Spam markieren",
    "staff.trash": "In den Papierkorb",
    "staff.links": (
        "Jeder Link öffnet eine Seite mit einem einzigen Knopf, gilt einmal und läuft nach einer "
        "Woche ab."
    ),
    "staff.queue": "Alle Kommentare, die warten",
    "appeal.subject": "[{site}] Bitte noch einmal prüfen: {title}",
    "appeal.intro": (
        "Jemand bittet darum, diesen Kommentar noch einmal zu prüfen. Er war abgelehnt worden."
    ),
    "appeal.words": "Die Begründung:",
    "appeal.no_words": "Eine Begründung ist nicht dabei.",
    "appeal.all": "Alle Kommentare, um deren Prüfung noch einmal gebeten wurde",
    "decided.subject_published": "Ihr Kommentar ist veröffentlicht: {title}",
    "decided.subject_rejected": "Ihr Kommentar wurde nicht veröffentlicht: {title}",
    "decided.published": (
        "Ihr Kommentar zu „{title}“ wurde freigegeben. Alle können ihn jetzt lesen."
    ),
    "decided.see": "Zu Ihrem Kommentar",
    "decided.rejected": (
        "Die Moderation hat entschieden, Ihren Kommentar zu „{title}“ nicht zu veröffentlichen. "
        "Er bleibt noch eine Weile gespeichert: Auf der privaten Seite, die Sie nach dem Absenden "
        "bekommen haben, können Sie ihn lesen und einmal darum bitten, ihn noch einmal zu prüfen."
    ),
    "confirm.subject": "Darf {site} Ihnen schreiben? Bitte bestätigen",
    "confirm.intro": (
        "Jemand, vermutlich Sie selbst, hat {site} gebeten, dieser Adresse über Antworten auf "
        "Kommentare zu schreiben."
    ),
    "confirm.how": "Wenn Sie das möchten, öffnen Sie diese Seite und drücken Sie den Knopf:",
    "confirm.open": "Ja, ich möchte von Antworten erfahren",
    "confirm.if_not": (
        "Wenn nicht, brauchen Sie nichts zu tun: Es kommt keine weitere Mail, und die Anfrage wird "
        "nach einigen Tagen gelöscht."
    ),
    "privacy.subject": "Was {site} über Sie gespeichert hat",
    "privacy.intro": (
        "Jemand, vermutlich Sie selbst, hat {site} gefragt, was unter dieser Adresse gespeichert "
        "ist."
    ),
    "privacy.how": "Die Seite ist einen Tag lang erreichbar:",
    "privacy.open": "Ansehen, mitnehmen oder löschen lassen",
    "privacy.if_not": (
        "Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Nichts wird geändert, und niemand "
        "sonst kann diese Seite öffnen."
    ),
    "test.subject": "Eine Testmail von {site}",
    "test.works": (
        "Der Mailversand von {site} funktioniert. Diese Testmail wurde am {date} um {time} Uhr "
        "(UTC) angefordert."
    ),
    "test.log": "Zum Mailprotokoll",
    "decide.question": "{verb}?",
    "decide.approve": "Freigeben",
    "decide.spam": "Als Spam markieren",
    "decide.trash": "In den Papierkorb legen",
    "decide.title": "Der Kommentar",
    "decide.done_approve": "Erledigt: Der Kommentar ist veröffentlicht.",
    "decide.done_spam": "Erledigt: Der Kommentar ist als Spam markiert.",
    "decide.done_trash": "Erledigt: Der Kommentar liegt im Papierkorb.",
    "decide.over": (
        "Dieser Link gilt nicht mehr: Seit die Mail verschickt wurde, ist über den Kommentar "
        "entschieden oder er ist geändert worden, oder eine Woche ist vergangen. Nichts wurde "
        "geändert. Melden Sie sich an, um den jetzigen Stand zu sehen."
    ),
    "decide.queue": "Zu den wartenden Kommentaren",
    "page.skip": "Zum Text springen",
    "asked.title": "Bitte sehen Sie in Ihr Postfach",
    "asked.sent": (
        "Eine Mail mit einem Link ist unterwegs an die Adresse, mit der Sie kommentiert haben. "
        "Bevor Sie dort nicht bestätigt haben, wird nichts anderes verschickt. Sie kommt höchstens "
        "einmal am Tag."
    ),
    "asked.title_confirmed": "Sie hören davon",
    "asked.confirmed": (
        "Ihre Adresse ist schon bestätigt. In jeder Mail steht ein Link, mit dem Sie weniger Mails "
        "bekommen oder gar keine mehr."
    ),
    "asked.back": "Zurück zu Ihrem Kommentar",
    "welcome.title": "Darf {site} Ihnen schreiben?",
    "welcome.help": (
        "Sie möchten von Kommentaren erfahren. Sie können das jederzeit beenden, mit einem Link in "
        "jeder Mail."
    ),
    "welcome.button": "Ja, schreiben Sie mir",
    "manage.title": "Wovon Sie erfahren",
    "manage.replies": "Antworten auf Ihren Kommentar zu „{title}“",
    "manage.thread": "Jeder Kommentar zu „{title}“",
    "manage.series": "Jeder Kommentar zur Reihe „{title}“",
    "manage.stop": "Nicht mehr",
    "manage.stop_all": "Gar keine Mails mehr",
    "manage.nothing": "Von nichts. Sie bekommen keine Mails.",
    "join.title": "Mitarbeiten",
    "join.admin": "Dieser Link gilt einmal. Mit ihm verwalten Sie diesen Blog.",
    "join.moderator": (
        "Dieser Link gilt einmal. Mit ihm moderieren Sie die Kommentare dieses Blogs."
    ),
    "join.author": "Dieser Link gilt einmal. Mit ihm schreiben Sie Beiträge für diesen Blog.",
    "join.name": "Name",
    "join.email": "E-Mail-Adresse",
    "join.password": "Passwort",
    "join.password_help": "Mindestens {shortest} Zeichen; am besten mehrere Wörter.",
    "join.language": "Sprache der Mails an Sie",
    "join.button": "Mitmachen und anmelden",
    "join.name_missing": "Bitte geben Sie den Namen ein, den andere sehen sollen.",
    "join.email_missing": "Bitte geben Sie Ihre E-Mail-Adresse ein.",
    "join.email_long": "Eine E-Mail-Adresse hat höchstens {longest} Zeichen.",
    "join.password_missing": "Bitte wählen Sie ein Passwort.",
    "refusal.email_bad": "An diese Adresse lässt sich keine Mail schicken.",
    "refusal.email_taken": "Mit dieser Adresse meldet sich schon jemand an.",
    "refusal.language_unknown": "Bitte wählen Sie eine der angebotenen Sprachen.",
    "refusal.name_missing": "Ein Name ist nötig.",
    "refusal.name_long": "Der Name ist zu lang: höchstens {longest_name} Zeichen sind möglich.",
    "refusal.name_characters": "Der Name enthält Zeichen, die niemand sieht.",
    "refusal.password_characters": (
        "Das Passwort enthält Zeichen, die sich nicht speichern lassen."
    ),
    "refusal.password_short": (
        "Das Passwort ist zu kurz: Nehmen Sie mindestens {shortest} Zeichen, besser {recommended} "
        "oder mehr."
    ),
    "refusal.password_long": "Das Passwort ist zu lang: höchstens {longest} Zeichen sind möglich.",
    "refusal.password_own": "Das Passwort darf nicht Ihr eigener Name oder Ihre Adresse sein.",
    "refusal.password_common": (
        "Dieses Passwort gehört zu denen, die als erste probiert werden: Bitte wählen Sie ein "
        "anderes."
    ),
}
