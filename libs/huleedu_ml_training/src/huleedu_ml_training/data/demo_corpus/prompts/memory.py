"""A day that the writer will not forget."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_STORM = Position(
    theses=(
        "the day I will never forget is the day of the storm",
        "I am going to tell you about a storm at sea",
        "one boat trip has followed me ever since",
    ),
    past=True,
    points=(
        point(
            "the morning",
            claim="the morning | is | sunny and {beautiful}",
            effects=("make us careless", "fool all of us"),
            reasons=(
                "the sea | lies | like a mirror",
                "my uncle | packs | sandwiches and warm clothes | are |",
                "nobody | listens | to the weather report",
                "the boat | smells | of petrol and coffee",
            ),
            examples=(
                "{@relative} forgot one thing in the kitchen, the radio",
                "we had {@number} sandwiches, two fishing rods and no idea of what was coming",
            ),
        ),
        point(
            "the clouds",
            claim="a black wall of clouds | comes | towards us",
            effects=("{change} everything in ten minutes", "make my stomach turn to ice"),
            reasons=(
                "the birds | become | {quiet} all at once",
                "the wind | turns | as cold as in November",
                "the land | disappears | behind the rain",
                "my uncle | stops | talking",
            ),
            examples=(
                "{@friend} asked if it was normal, and nobody answered",
                "the first wave took our lunch, and the second one took the map",
            ),
        ),
        point(
            "the fear",
            claim="I | am | more {afraid} than ever before",
            effects=("make every second feel like an hour", "make me think of my family"),
            reasons=(
                "the waves | are | as high as houses",
                "the engine | dies | with a strange cough",
                "the water | fills | the boat faster than any bucket",
                "we | hold | each other by the hand",
            ),
            examples=(
                "I promised myself to be {kind} to my sister for the rest of my life",
                "we screamed for help for {@number} hours, but only the wind screamed back",
            ),
        ),
        point(
            "the rescue",
            claim="a small fishing boat | saves | us in the last minute",
            effects=("feel like a miracle", "teach me that life can end at any time"),
            reasons=(
                "an old man | sees | our orange jacket | is | between the waves",
                "he | throws | a rope | is | to us",
                "we | get | blankets and hot soup",
                "nobody | says | a word on the way home",
            ),
            examples=(
                "the old man did not want any money, he only wanted us to buy a radio",
                "my mother stood on the jetty, and I had never seen her cry before",
            ),
        ),
    ),
)

_FINAL = Position(
    theses=(
        "the day I will never forget is the day of the final",
        "I want to tell you about the biggest match of my life",
        "the best day of my life started with a stomach ache",
    ),
    past=True,
    points=(
        point(
            "the night before",
            claim="I | cannot sleep | the night before the match",
            effects=("make the morning terrible", "feel like a fever"),
            reasons=(
                "my head | plays | the match over and over again",
                "the whole town | talks | about it",
                "my shoes | stand | ready by the bed",
                "we | are | the smallest team in the cup",
            ),
            examples=(
                "at three in the morning I sat in the kitchen, and {@relative} made hot chocolate",
                "{@friend} sent me {@number} messages that all said the same thing, we can do it",
            ),
        ),
        point(
            "the first half",
            claim="everything | goes | wrong in the first half",
            effects=("make us lose hope", "make the crowd silent"),
            reasons=(
                "my legs | feel | like two trees",
                "the other team | are | taller and faster",
                "our best player | hurts | her foot",
                "the referee | does not see | the foul",
            ),
            examples=(
                "after {@number} minutes it was already three to nothing",
                "I passed the ball to the wrong team, and somebody laughed out loud",
            ),
        ),
        point(
            "the break",
            claim="our coach | finds | the right words | are | in the break",
            effects=("{change} the whole match", "make us believe again"),
            reasons=(
                "he | does not shout | at all",
                "he | tells | us about his own worst match",
                "we | start | to laugh in the middle of the disaster",
                "somebody | turns | on our song",
            ),
            examples=(
                "he put a small stone in my hand, and I have kept it since that day",
                "{@friend} threw up and then said that now it could only get better",
            ),
        ),
        point(
            "the last minute",
            claim="the ball | comes | to me in the last minute",
            effects=("make time stand still", "be a memory that I can still feel in my body"),
            reasons=(
                "nobody | expects | anything from me",
                "I | hear | my own heart",
                "the goalkeeper | goes | to the left",
                "the net | moves | before my brain does",
            ),
            examples=(
                "the whole team lay on top of me, and I got grass in my mouth",
                "{@relative} ran out on the field with only one shoe on",
            ),
        ),
    ),
)

_NEW_SCHOOL = Position(
    theses=(
        "the day I will never forget is my first day in a new country",
        "the day that changed my life was my first day at a new school",
        "I am going to write about the day when I had to start again",
    ),
    past=True,
    points=(
        point(
            "the way there",
            claim="the way to school | feels | endless",
            effects=("make me want to turn around", "give me a stomach ache"),
            reasons=(
                "everything | is | white and cold",
                "my new shoes | are | too big",
                "I | know | only {@number} words of Swedish",
                "my father | tries | to look {happy}",
            ),
            examples=(
                "we took the wrong bus and saw half of {@town} before we found the school",
                "my father practised one sentence the whole way, and then he forgot it",
            ),
        ),
        point(
            "the classroom",
            claim="thirty faces | turn | to me in the door",
            effects=("make my face hot", "make me forget my own name"),
            reasons=(
                "the teacher | says | something in a language without spaces",
                "there | is | only one empty chair",
                "somebody | whispers | something about my clothes",
                "the clock on the wall | stands | still",
            ),
            examples=(
                "I wanted to say hello, but the word that came out meant something else",
                "my pencil case opened, and {@number} pens rolled over the floor",
            ),
        ),
        point(
            "the lunch",
            claim="I | do not know | where to sit in the dining hall",
            effects=("be the loneliest moment of my life", "feel worse than the cold"),
            reasons=(
                "all the tables | are | full of friends",
                "the food | looks | {strange} to me",
                "I | carry | my plate like a bomb",
                "everybody | has | someone to talk to",
            ),
            examples=(
                "I ate my potatoes in {@number} minutes and hid in the bathroom",
                "a boy took the chair that I was going to sit on, without looking at me",
            ),
        ),
        point(
            "the girl with the apple",
            claim="a girl | sits | down next to me with half of an apple for me",
            effects=("{change} everything", "show how little it takes to be {kind}"),
            reasons=(
                "she | does not need | any words",
                "she | draws | a map of the school | is | on her hand",
                "we | laugh | at the same thing",
                "she | waits | for me after the last lesson",
            ),
            examples=(
                "the girl was {@friend}, and we are still best friends today",
                "on the way home I told my father that school was {fun}, and he cried",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="A day I will not forget",
    text=(
        "Some days stay in our memory for ever. Tell the story of a day that you will not forget. "
        "What happened, what did you feel, and how has it affected you? Give your story a "
        "beginning, a middle and an end."
    ),
    topics=("that day", "the day I will never forget", "a day to remember"),
    openers=(
        "it was a {@weekday} and it started like any other day",
        "I can still remember the smell of that morning",
        "some days you forget before dinner",
        "I was thirteen years old when it happened",
    ),
    positions=(_STORM, _FINAL, _NEW_SCHOOL),
    argues=False,
    popularity=0.9,
)
