"""Whether to live in a city or in the countryside."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_CITY = Position(
    theses=(
        "it is better to grow up in a city",
        "the city is the best place for a young person",
        "I would never change the city for the countryside",
    ),
    points=(
        point(
            "things to do",
            claim="there | is | always something to do in a city",
            effects=("make the weekends {fun}", "keep young people away from trouble"),
            reasons=(
                "cinemas, cafés and museums | are | around the corner",
                "you | can try | {different} sports | are | without a long drive",
                "famous bands | play | in the big cities",
                "a rainy day | does not have | to be {boring}",
            ),
            examples=(
                "{@when} I went to a concert, a match and a museum on the same {@weekday}",
                "{@friend} moved here from a village and tried {@number} new hobbies in a year",
            ),
        ),
        point(
            "getting around",
            claim="the bus | goes | every ten minutes",
            effects=("give young people {freedom}", "be {good} for the environment"),
            reasons=(
                "you | do not need | a car",
                "your parents | do not have | to drive you everywhere",
                "the way to school | takes | fifteen minutes",
                "you | can stay | late and still get home",
            ),
            examples=(
                "{@relative} is thirty and has never needed a driving licence, and that is thanks "
                "to the metro",
                "{@when} I visited {@friend} in the countryside and we waited two hours for a bus",
            ),
        ),
        point(
            "people",
            claim="you | meet | people from the whole world in a city",
            effects=("make us open-minded", "teach us to respect each other"),
            reasons=(
                "my class | speaks | eleven languages",
                "everybody | can find | friends who are like them",
                "nobody | cares | if your hair is blue",
                "you | can eat | food from every continent",
            ),
            examples=(
                "I learned to cook Persian food at {@friend}'s house {@when}",
                "in the village where {@relative} lives everyone stared at my purple hair",
            ),
        ),
        point(
            "school and work",
            claim="a city | gives | you more choices for the future",
            effects=("be {important} after school", "lead to better jobs"),
            reasons=(
                "there | are | {many} schools to choose from",
                "most companies | have | their offices in a city",
                "the university | is | only a tram ride away",
                "small places | lose | their young people every year",
            ),
            examples=(
                "{@friend} wanted to study music and the only school was in {@town}",
                "{@relative} applied for {@number} jobs in the village and got one in the city at "
                "once",
            ),
        ),
    ),
)

_COUNTRY = Position(
    theses=(
        "it is better to grow up in the countryside",
        "the countryside is the best place for children and teenagers",
        "I want to live close to nature all my life",
    ),
    points=(
        point(
            "nature",
            claim="the forest | is | right outside my door",
            effects=("make me calm", "{help} people with {stress}"),
            reasons=(
                "you | can swim | in the lake before breakfast",
                "the air | is | clean and you can see the stars",
                "children | build | huts instead of watching screens",
                "animals | teach | us to take responsibility",
            ),
            examples=(
                "{@when} I met a moose on my way to the school bus and we just looked at each "
                "other",
                "{@friend} from the city heard an owl at our place for the first time and got "
                "scared",
            ),
        ),
        point(
            "helping each other",
            claim="everybody | knows | everybody in a village",
            effects=("give you a {feeling} of safety", "mean that nobody is forgotten"),
            reasons=(
                "the neighbours | {help} | each other with everything",
                "nobody | locks | the door",
                "the old people | are | not {lonely}",
                "the man in the shop | knows | my name | is |",
            ),
            examples=(
                "when our barn burned {@when} {@number} neighbours came with water before the fire "
                "brigade",
                "{@relative} lay ill for a month and there was food on the steps every day",
            ),
        ),
        point(
            "peace",
            claim="it | is | {quiet} in the countryside",
            effects=("let you sleep well", "give you time to think"),
            reasons=(
                "a siren | never wakes | you up at night",
                "the traffic | is | one tractor an hour",
                "people | do not run | from one thing to the next",
                "you | hear | your own thoughts",
            ),
            examples=(
                "{@when} I slept at a friend's flat in Stockholm and heard {@number} ambulances in "
                "one night",
                "{@friend} came to visit for a day and stayed for a week because of the silence",
            ),
        ),
        point(
            "money and space",
            claim="a house in the countryside | costs | less than a small flat in the city",
            effects=("leave money for other things", "give children room to play"),
            reasons=(
                "we | have | a garden as big as a football pitch",
                "you | can grow | your own potatoes | are |",
                "there | is | room for a dog and a horse",
                "young families | can afford | a home of their own",
            ),
            examples=(
                "{@relative} sold a flat with one room and got a farm for the same money",
                "we started to keep hens {@when} and have not bought an egg since then",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="City or countryside",
    text=(
        "Where is it best to grow up, in a big city or in the countryside? Compare the two and "
        "explain which you would choose. Write so that a person who has only lived in one of the "
        "places can understand your choice."
    ),
    topics=("life in the city and in the countryside", "city and countryside", "where to live"),
    openers=(
        "I have lived in the same place for my whole life",
        "when I open my window in the morning I know exactly where I am",
        "half of the people in the world live in cities now",
        "my parents moved when I was nine and everything changed",
    ),
    positions=(_CITY, _COUNTRY),
    popularity=0.9,
    strictness=-0.05,
)
