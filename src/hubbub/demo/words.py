"""Plausible things that people write, in several languages, from a seed. All made up."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Tongue:
    """What one language needs to fill a page. `{}` in a sentence takes one of the things."""

    language: str
    sentences: tuple[str, ...]
    things: tuple[str, ...]
    answers: tuple[str, ...]
    tags: tuple[str, ...]


TONGUES = (
    Tongue(
        "en",
        (
            "Finally finished {}. It took all weekend and I regret nothing.",
            "Does anybody else think about {} more than they should?",
            "Unpopular opinion: {} is better in winter.",
            "Day three of learning {}. Send help, or tea.",
            "I keep coming back to {} and I cannot explain why.",
            "Small victory today: {} works, and the neighbours noticed.",
            "Looking for recommendations about {}. Nothing too serious.",
            "My grandmother had strong views on {}. She was right.",
            "Three hours, two coffees, one idea about {}.",
            "What nobody tells you about {} is how quiet it is.",
        ),
        (
            "sourdough",
            "the night train",
            "a second-hand bicycle",
            "the tomato harvest",
            "old maps",
            "my sister's garden",
            "city birds",
            "a broken synthesiser",
            "letterpress",
            "rain on a tin roof",
            "long walks",
            "the harbour at six in the morning",
            "chess by post",
            "mending clothes",
        ),
        (
            "This made my morning.",
            "Same here, honestly.",
            "How did you start?",
            "I disagree, but beautifully put.",
            "Please post the recipe.",
            "Count me in for next time.",
            "That is the spirit!",
            "Now I want to try it.",
            "You should write a longer piece about this.",
            "My cat would like to object.",
        ),
        ("slowliving", "weekend", "makers", "books", "cycling", "garden"),
    ),
    Tongue(
        "es",
        (
            "Por fin terminé con {}. Valió la pena.",
            "¿Alguien más sueña con {}?",
            "Hoy aprendí algo nuevo sobre {}.",
            "Nada como {} un domingo por la tarde.",
            "Sigo dándole vueltas a {}.",
            "Busco consejos sobre {}, se aceptan historias.",
        ),
        (
            "el pan de masa madre",
            "los mapas antiguos",
            "la guitarra de mi abuelo",
            "el huerto",
            "las noches de lluvia",
            "el mercado",
        ),
        (
            "¡Qué maravilla!",
            "Yo también quiero probar.",
            "Totalmente de acuerdo.",
            "Cuéntanos más.",
            "Me alegraste el día.",
        ),
        ("domingo", "huerto", "libros", "música"),
    ),
    Tongue(
        "de",
        (
            "Endlich {} fertig. Hat gedauert, war es wert.",
            "Kann bitte jemand mit mir über {} reden?",
            "Heute wieder an {} gedacht und gelächelt.",
            "Kleine Freude des Tages: {}.",
            "Mehr {}, weniger Termine.",
        ),
        (
            "das alte Radio",
            "der Nachtzug nach Süden",
            "Omas Apfelkuchen",
            "ein Spaziergang am Kanal",
            "das Schachspiel im Park",
        ),
        (
            "Das klingt wunderbar.",
            "Bin dabei!",
            "Erzähl mehr davon.",
            "Genau so ist es.",
            "Da hast du recht.",
        ),
        ("feierabend", "garten", "bücher", "fahrrad"),
    ),
    Tongue(
        "fr",
        (
            "Enfin terminé : {}. Quel plaisir.",
            "Qui d'autre pense trop à {} ?",
            "Petit bonheur du jour : {}.",
            "Je cherche des conseils pour {}.",
            "On ne parle pas assez de {}.",
        ),
        (
            "le pain du samedi",
            "un vieux vélo bleu",
            "le marché de quartier",
            "les cartes anciennes",
            "la pluie sur les toits",
        ),
        ("Magnifique !", "Je veux la recette.", "Tout à fait d'accord.", "Raconte !", "Ça me donne envie."),
        ("marché", "lecture", "vélo"),
    ),
    Tongue(
        "pt",
        (
            "Finalmente acabei {}. Valeu cada minuto.",
            "Mais alguém pensa tanto em {}?",
            "Alegria pequena de hoje: {}.",
            "Aceito dicas sobre {}.",
        ),
        ("o pão caseiro", "a horta da vizinha", "o comboio da noite", "um rádio antigo", "o mar de inverno"),
        ("Que lindo!", "Também quero!", "Conta mais.", "Concordo contigo."),
        ("horta", "livros", "mar"),
    ),
    Tongue(
        "ja",
        (
            "やっと{}が終わった。",
            "{}のことばかり考えている。",
            "今日の小さな幸せ:{}。",
            "{}について教えてください。",
        ),
        ("夜行列車", "古い地図", "庭のトマト", "雨の散歩", "手紙"),
        ("すてきですね。", "私もやってみたい。", "もっと聞きたいです。", "わかります。"),
        ("散歩", "読書", "庭"),
    ),
    Tongue(
        "ar",
        ("أخيراً انتهيت من {}.", "من غيري يفكر في {}؟", "فرحة صغيرة اليوم: {}."),
        ("خبز البيت", "قطار الليل", "حديقة الجيران", "الخرائط القديمة"),
        ("جميل جداً.", "أوافقك تماماً.", "احكِ لنا المزيد."),
        ("كتب", "حديقة"),
    ),
)

FIRST_NAMES = (
    "Ada",
    "Bruno",
    "Chiara",
    "Dmitri",
    "Elena",
    "Farid",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Keiko",
    "Leila",
    "Marek",
    "Nadia",
    "Omar",
    "Priya",
    "Quentin",
    "Rosa",
    "Sanjay",
    "Tove",
    "Uma",
    "Viktor",
    "Wanjiru",
    "Ximena",
    "Yusuf",
    "Zofia",
    "Amara",
    "Bastien",
    "Camila",
    "Dara",
    "Emeka",
    "Freya",
    "Goran",
    "Hana",
    "Idris",
    "Jana",
    "Kofi",
    "Lucia",
    "Mei",
    "Noor",
)
LAST_NAMES = (
    "Almeida",
    "Berg",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fontana",
    "Gruber",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kimura",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quispe",
    "Rossi",
    "Silva",
    "Tanaka",
    "Usman",
    "Vogel",
    "Weber",
    "Xu",
    "Yilmaz",
    "Zielinska",
    "Adeyemi",
    "Bauer",
    "Costa",
    "Diallo",
)


def write_post(random: Random, tongue: Tongue) -> str:
    """One or two sentences, often with a hashtag."""
    text = random.choice(tongue.sentences).format(random.choice(tongue.things))
    if random.random() < 0.25:
        text += "\n\n" + random.choice(tongue.sentences).format(random.choice(tongue.things))
    if random.random() < 0.45:
        text += " #" + random.choice(tongue.tags)
    return text


def write_comment(random: Random, tongue: Tongue) -> str:
    return random.choice(tongue.answers)


def write_bio(random: Random, tongue: Tongue) -> str:
    return " · ".join(random.sample(tongue.things, k=min(3, len(tongue.things))))
