"""Names and details that pupils mention, so that two accounts of one event differ."""

DETAILS: dict[str, tuple[str, ...]] = {
    "friend": (
        "Elsa", "Linus", "Maja", "Hugo", "Amina", "Oskar", "Saga", "Viktor", "Leila", "Filip",
        "Nora", "Elias", "Wilma", "Ali", "Tuva", "Isak", "Ronja", "Milo", "Freja", "Samir",
        "Alva", "Anton", "Zahra", "Love", "Stina", "Jonathan", "Ines", "Melker", "Yasmin", "Gustav",
    ),
    "relative": (
        "my sister", "my brother", "my cousin", "my aunt", "my uncle", "my big sister",
        "my little brother", "my neighbour", "my mum", "my dad", "my best friend",
    ),
    "town": (
        "Uppsala", "Lund", "Kiruna", "Kalmar", "Falun", "Borås", "Gävle", "Luleå", "Visby",
        "Halmstad", "Skövde", "Karlstad", "Växjö", "Umeå", "Malmö", "Örebro", "Västerås",
    ),
    "when": (
        "last week", "last month", "last autumn", "last spring", "last year", "a few weeks ago",
        "two years ago", "in year seven", "in year eight", "during the last term", "some time ago",
        "one day in May", "the week before Christmas", "on a Monday in January",
    ),
    "number": ("two", "three", "four", "five", "six", "seven", "eight", "ten", "twelve"),
    "subject": (
        "maths", "English", "history", "chemistry", "biology", "physics", "geography", "Swedish",
        "social science", "religion",
    ),
    "teacher": (
        "our maths teacher", "our English teacher", "our PE teacher", "my mentor",
        "our history teacher", "our headmaster", "our science teacher", "the school nurse",
    ),
    "sport": (
        "football", "handball", "floorball", "ice hockey", "swimming", "basketball", "tennis",
        "gymnastics", "riding", "athletics",
    ),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}  # fmt: skip
"""What ``{@friend}``, ``{@town}`` … may stand for."""

KEPT = frozenset({"friend", "relative", "town", "sport", "teacher"})
"""Details that stay the same throughout an essay."""
