"""Spanish, with «tú»."""

TEXTS: dict[str, str | tuple[str, str]] = {
    "comment.on": "{author} en «{title}»",
    "comment.subject": "{author} en {title}",
    "comment.subject_many": (
        "{n} comentario nuevo en {title}",
        "{n} comentarios nuevos en {title}",
    ),
    "comment.read": "Leerlo y responder",
    "mail.why": "Recibes este mensaje porque lo pediste.",
    "mail.less": "Menos mensajes, o ninguno",
    "staff.subject_held": "[{site}] Por moderar: {title}",
    "staff.subject_published": "[{site}] Comentario nuevo: {title}",
    "staff.subject_many": ("[{site}] {n} comentario nuevo", "[{site}] {n} comentarios nuevos"),
    "staff.held": "Espera tu decisión.",
    "staff.published": "Ya está publicado.",
    "staff.approve": "Aprobarlo",
    "staff.spam": "Marcarlo como spam",
    "staff.trash": "Enviarlo a la papelera",
    "staff.links": (
        "Cada enlace abre una página con un solo botón, sirve una vez y caduca al cabo de una "
        "semana."
    ),
    "staff.queue": "Todos los comentarios que esperan",
    "appeal.subject": "[{site}] Piden otra revisión: {title}",
    "appeal.intro": (
        "Quien escribió este comentario pide que se revise de nuevo. Antes fue rechazado."
    ),
    "appeal.words": "Lo que dice al respecto:",
    "appeal.no_words": "No añade nada más.",
    "appeal.all": "Todos los comentarios con una nueva revisión pendiente",
    "decided.subject_published": "Tu comentario está publicado: {title}",
    "decided.subject_rejected": "Tu comentario no se ha publicado: {title}",
    "decided.published": (
        "Tu comentario en «{title}» ha sido aprobado. Ya puede leerlo todo el mundo."
    ),
    "decided.see": "Verlo en su sitio",
    "decided.rejected": (
        "La moderación ha decidido no publicar tu comentario en «{title}». Se conserva durante un "
        "tiempo: en la página privada que recibiste al enviarlo puedes verlo y pedir, una sola "
        "vez, que se revise de nuevo."
    ),
    "confirm.subject": "Confirma que {site} puede escribirte",
    "confirm.intro": (
        "Alguien, probablemente tú, pidió a {site} que escribiera a esta dirección sobre las "
        "respuestas a los comentarios."
    ),
    "confirm.how": "Si lo quieres, abre esta página y pulsa el botón:",
    "confirm.open": "Sí, quiero saber de las respuestas",
    "confirm.if_not": (
        "Si no, no hagas nada: no se enviará nada más y la petición se borrará en unos días."
    ),
    "privacy.subject": "Lo que {site} guarda sobre ti",
    "privacy.intro": (
        "Alguien, probablemente tú, preguntó a {site} qué guarda con esta dirección."
    ),
    "privacy.how": "La página está abierta durante un día:",
    "privacy.open": "Leerlo, llevártelo o pedir que se borre",
    "privacy.if_not": (
        "Si no fuiste tú, no hagas nada: no se cambia nada y nadie más puede abrir esa página."
    ),
    "test.subject": "Un mensaje de prueba de {site}",
    "test.works": (
        "El correo de {site} funciona. Esta prueba se pidió el {date} a las {time} (UTC)."
    ),
    "test.log": "El registro de mensajes",
    "decide.question": "¿{verb}?",
    "decide.approve": "Aprobar",
    "decide.spam": "Marcar como spam",
    "decide.trash": "Enviar a la papelera",
    "decide.title": "El comentario",
    "decide.done_approve": "Hecho: el comentario está publicado.",
    "decide.done_spam": "Hecho: el comentario está marcado como spam.",
    "decide.done_trash": "Hecho: el comentario está en la papelera.",
    "decide.over": (
        "Este enlace ya no vale: desde que se envió el mensaje se ha decidido sobre el comentario "
        "o se ha modificado, o ha pasado una semana. No se ha cambiado nada. Inicia sesión para "
        "ver cómo está."
    ),
    "decide.queue": "A los comentarios que esperan",
    "page.skip": "Saltar al texto",
    "asked.title": "Mira tu correo",
    "asked.sent": (
        "Un mensaje con un enlace va de camino a la dirección con la que comentaste. No se envía "
        "nada más antes de que lo confirmes allí. Llega como mucho una vez al día."
    ),
    "asked.title_confirmed": "Te avisaremos",
    "asked.confirmed": (
        "Tu dirección ya está confirmada. Cada mensaje lleva un enlace para recibir menos, o "
        "ninguno."
    ),
    "asked.back": "Volver a tu comentario",
    "welcome.title": "¿Puede {site} escribirte?",
    "welcome.help": (
        "Pediste que te avisáramos de los comentarios. Puedes dejarlo cuando quieras, con un "
        "enlace que hay en cada mensaje."
    ),
    "welcome.button": "Sí, escribidme",
    "manage.title": "De qué te avisamos",
    "manage.replies": "De las respuestas a tu comentario en «{title}»",
    "manage.thread": "De cada comentario en «{title}»",
    "manage.series": "De cada comentario en la serie «{title}»",
    "manage.stop": "Dejar de recibirlo",
    "manage.stop_all": "No recibir ningún mensaje",
    "manage.nothing": "De nada. No se te envía ningún mensaje.",
    "join.title": "Únete al equipo",
    "join.admin": "Este enlace sirve una vez. Te da la administración de este blog.",
    "join.moderator": "Este enlace sirve una vez. Con él moderas los comentarios de este blog.",
    "join.author": "Este enlace sirve una vez. Con él escribes entradas en este blog.",
    "join.name": "Nombre",
    "join.email": "Correo electrónico",
    "join.password": "Contraseña",
    "join.password_help": "Al menos {shortest} caracteres; lo mejor son varias palabras.",
    "join.language": "Idioma de los mensajes que recibes",
    "join.button": "Unirse e iniciar sesión",
    "join.name_missing": "Escribe el nombre que verán los lectores.",
    "join.email_missing": "Escribe tu dirección de correo.",
    "join.email_long": "Una dirección de correo tiene como mucho {longest} caracteres.",
    "join.password_missing": "Elige una contraseña.",
    "refusal.email_bad": "A esta dirección no se le puede enviar correo.",
    "refusal.email_taken": "Alguien ya inicia sesión con esta dirección.",
    "refusal.language_unknown": "Elige uno de los idiomas ofrecidos.",
    "refusal.name_missing": "Hace falta un nombre.",
    "refusal.name_long": "El nombre es demasiado largo: usa como mucho {longest_name} caracteres.",
    "refusal.name_characters": "El nombre contiene caracteres que nadie ve.",
    "refusal.password_characters": "La contraseña contiene caracteres que no se pueden guardar.",
    "refusal.password_short": (
        "La contraseña es demasiado corta: usa al menos {shortest} caracteres, mejor "
        "{recommended} o más."
    ),
    "refusal.password_long": (
        "La contraseña es demasiado larga: usa como mucho {longest} caracteres."
    ),
    "refusal.password_own": "La contraseña no puede ser tu propio nombre ni tu dirección.",
    "refusal.password_common": ("Esta contraseña es de las primeras que se prueban: elige otra."),
}
