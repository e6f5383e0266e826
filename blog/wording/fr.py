"""French, with « vous »."""

import re

# Written with plain spaces, which are easier to see; what may not break is made so below.
_UNBROKEN = re.compile(r"(?<=«) | (?=[»:;!?])")

_TYPED: dict[str, str | tuple[str, str]] = {
    "comment.on": "{author} sur « {title} »",
    "comment.subject": "{author} sur {title}",
    "comment.subject_many": (
        "{n} nouveau commentaire sur {title}",
        "{n} nouveaux commentaires sur {title}",
    ),
    "comment.read": "Le lire et y répondre",
    "mail.why": "Vous recevez ce message parce que vous l’avez demandé.",
    "mail.less": "Moins de messages, ou plus aucun",
    "staff.subject_held": "[{site}] À modérer : {title}",
    "staff.subject_published": "[{site}] Nouveau commentaire : {title}",
    "staff.subject_many": (
        "[{site}] {n} nouveau commentaire",
        "[{site}] {n} nouveaux commentaires",
    ),
    "staff.held": "En attente de votre décision.",
    "staff.published": "Déjà publié.",
    "staff.approve": "L’approuver",
    "staff.spam": "Le marquer comme indésirable",
    "staff.trash": "Le mettre à la corbeille",
    "staff.links": (
        "Chaque lien ouvre une page avec un seul bouton, ne sert qu’une fois et expire au bout "
        "d’une semaine."
    ),
    "staff.queue": "Tous les commentaires en attente",
    "appeal.subject": "[{site}] Un nouvel examen est demandé : {title}",
    "appeal.intro": (
        "L’auteur de ce commentaire demande qu’il soit examiné de nouveau. Il avait été refusé."
    ),
    "appeal.words": "Ce qu’il en dit :",
    "appeal.no_words": "Il n’ajoute rien.",
    "appeal.all": "Tous les commentaires à examiner de nouveau",
    "decided.subject_published": "Votre commentaire est publié : {title}",
    "decided.subject_rejected": "Votre commentaire n’a pas été publié : {title}",
    "decided.published": (
        "Votre commentaire sur « {title} » a été approuvé. Tout le monde peut maintenant le lire."
    ),
    "decided.see": "Voir votre commentaire",
    "decided.rejected": (
        "La modération a décidé de ne pas publier votre commentaire sur « {title} ». Il est "
        "conservé quelque temps : la page privée reçue lors de l’envoi vous le montre et vous "
        "permet de demander, une seule fois, qu’il soit examiné de nouveau."
    ),
    "confirm.subject": "{site} peut-il vous écrire ? Merci de confirmer",
    "confirm.intro": (
        "Quelqu’un, sans doute vous, a demandé à {site} d’écrire à cette adresse au sujet des "
        "réponses aux commentaires."
    ),
    "confirm.how": "Si vous le souhaitez, ouvrez cette page et appuyez sur le bouton :",
    "confirm.open": "Oui, je veux recevoir les réponses",
    "confirm.if_not": (
        "Sinon, ne faites rien : aucun autre message ne sera envoyé et la demande sera supprimée "
        "dans quelques jours."
    ),
    "privacy.subject": "Ce que {site} conserve à votre sujet",
    "privacy.intro": (
        "Quelqu’un, sans doute vous, a demandé à {site} ce qui est conservé sous cette adresse."
    ),
    "privacy.how": "La page reste ouverte une journée :",
    "privacy.open": "Le lire, l’emporter ou le faire supprimer",
    "privacy.if_not": (
        "Si ce n’était pas vous, ne faites rien : rien n’est modifié et personne d’autre ne peut "
        "ouvrir cette page."
    ),
    "test.subject": "Un message de test de {site}",
    "test.works": (
        "L’envoi de messages de {site} fonctionne. Ce test a été demandé le {date} à {time} (UTC)."
    ),
    "test.log": "Le journal des messages",
    "decide.question": "{verb} ?",
    "decide.approve": "Approuver",
    "decide.spam": "Marquer comme indésirable",
    "decide.trash": "Mettre à la corbeille",
    "decide.title": "Le commentaire",
    "decide.done_approve": "C’est fait : le commentaire est publié.",
    "decide.done_spam": "C’est fait : le commentaire est marqué comme indésirable.",
    "decide.done_trash": "C’est fait : le commentaire est dans la corbeille.",
    "decide.over": (
        "Ce lien n’est plus valable : depuis l’envoi du message, une décision a été prise ou le "
        "commentaire a été modifié, ou bien une semaine s’est écoulée. Rien n’a été modifié. "
        "Connectez-vous pour voir où il en est."
    ),
    "decide.queue": "Vers les commentaires en attente",
    "page.skip": "Aller au texte",
    "asked.title": "Consultez votre messagerie",
    "asked.sent": (
        "Un message avec un lien est en route vers l’adresse avec laquelle vous avez commenté. "
        "Rien d’autre n’est envoyé avant votre confirmation. Il en part un par jour au plus."
    ),
    "asked.title_confirmed": "C’est noté",
    "asked.confirmed": (
        "Votre adresse est déjà confirmée. Chaque message contient un lien pour en recevoir moins, "
        "ou plus aucun."
    ),
    "asked.back": "Retour à votre commentaire",
    "welcome.title": "{site} peut-il vous écrire ?",
    "welcome.help": (
        "Vous avez demandé à recevoir les commentaires. Vous pouvez arrêter à tout moment, par un "
        "lien présent dans chaque message."
    ),
    "welcome.button": "Oui, écrivez-moi",
    "manage.title": "Ce que vous recevez",
    "manage.replies": "Les réponses à votre commentaire sur « {title} »",
    "manage.thread": "Tous les commentaires sur « {title} »",
    "manage.series": "Tous les commentaires sur la série « {title} »",
    "manage.stop": "Arrêter",
    "manage.stop_all": "Arrêter tous les messages",
    "manage.nothing": "Rien. Aucun message ne vous est envoyé.",
    "join.title": "Rejoindre l’équipe",
    "join.admin": ("Ce lien ne sert qu’une fois. Il fait de vous un administrateur de ce blog."),
    "join.moderator": "Ce lien ne sert qu’une fois. Il fait de vous un modérateur de ce blog.",
    "join.author": "Ce lien ne sert qu’une fois. Il fait de vous un auteur de ce blog.",
    "join.name": "Nom",
    "join.email": "Adresse e-mail",
    "join.password": "Mot de passe",
    "join.password_help": "Au moins {shortest} caractères ; plusieurs mots, c’est l’idéal.",
    "join.language": "Langue des messages qui vous sont envoyés",
    "join.button": "Rejoindre l’équipe et se connecter",
    "join.name_missing": "Indiquez le nom que les lecteurs verront.",
    "join.email_missing": "Indiquez votre adresse e-mail.",
    "join.email_long": "Une adresse e-mail compte au plus {longest} caractères.",
    "join.password_missing": "Choisissez un mot de passe.",
    "refusal.email_bad": "On ne peut pas envoyer de message à cette adresse.",
    "refusal.email_taken": "Quelqu’un se connecte déjà avec cette adresse.",
    "refusal.language_unknown": "Choisissez l’une des langues proposées.",
    "refusal.name_missing": "Il faut un nom.",
    "refusal.name_long": "Le nom est trop long : {longest_name} caractères au plus.",
    "refusal.name_characters": "Le nom contient des caractères que personne ne voit.",
    "refusal.password_characters": (
        "Le mot de passe contient des caractères qui ne peuvent pas être conservés."
    ),
    "refusal.password_short": (
        "Le mot de passe est trop court : utilisez au moins {shortest} caractères, de préférence "
        "{recommended} ou plus."
    ),
    "refusal.password_long": "Le mot de passe est trop long : {longest} caractères au plus.",
    "refusal.password_own": "Le mot de passe ne doit être ni votre nom ni votre adresse.",
    "refusal.password_common": (
        "Ce mot de passe est l’un des premiers que l’on essaie : choisissez-en un autre."
    ),
}


def _typeset(text: str) -> str:
    return _UNBROKEN.sub("\u00a0", text)


TEXTS: dict[str, str | tuple[str, str]] = {
    key: _typeset(text) if isinstance(text, str) else (_typeset(text[0]), _typeset(text[1]))
    for key, text in _TYPED.items()
}
