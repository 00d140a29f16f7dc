"""A place that matters to the writer."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_CABIN = Position(
    theses=(
        "the place that matters most to me is our cabin by the lake",
        "my favourite place on earth is a small red cabin in the forest",
        "the cabin of my grandparents is my special place",
    ),
    points=(
        point(
            "the silence",
            claim="it | is | completely {quiet} by the lake",
            effects=("make me calm at once", "let me hear my own thoughts"),
            reasons=(
                "the nearest road | is | far away",
                "nobody | can reach | me there because the phone does not work",
                "the water | lies | like a mirror in the morning",
                "only the birds | talk | before breakfast",
            ),
            examples=(
                "{@when} I sat on the jetty for {@number} hours and only watched the fog disappear",
                "{@friend} came with us once and could not sleep because of the silence",
            ),
        ),
        point(
            "my grandparents",
            claim="my grandparents | fill | the cabin with memories",
            effects=("make the place feel like a hug", "mean more than any hotel"),
            reasons=(
                "my grandmother | bakes | cinnamon buns | are | in the old oven",
                "every chair | has | a story",
                "my grandfather | teaches | me the names of the birds",
                "we | play | cards | are | by the fire every evening",
            ),
            examples=(
                "my grandfather cut my height into the door every summer until I was too tall",
                "the summer my grandmother was ill the house felt cold, and {@relative} tried to "
                "bake her buns",
            ),
        ),
        point(
            "the summers",
            claim="I | spend | every summer | is | there",
            effects=("make the long winter shorter", "be what I dream of in a {boring} lesson"),
            reasons=(
                "the sun | hardly goes | down in June",
                "we | jump | from the big stone into the cold water",
                "my cousins | come | from {@town} and stay for weeks",
                "the strawberries | grow | behind the house",
            ),
            examples=(
                "{@when} {@relative} and I built a raft that sank after {@number} metres",
                "one night we saw a fox with {@number} small ones behind the wood shed",
            ),
        ),
        point(
            "who I am there",
            claim="I | am | another person when I am at the cabin",
            effects=("give me energy for school", "help me to be honest with myself"),
            reasons=(
                "nobody | asks | about grades there",
                "I | do not look | in a mirror for days",
                "the work with the wood | makes | me strong",
                "time | has | no meaning",
            ),
            examples=(
                "after a terrible term {@when} I slept there for two days and then laughed again",
                "I wrote my first real poem on a wet stone behind the cabin",
            ),
        ),
    ),
)

_PITCH = Position(
    theses=(
        "the place that means most to me is the football pitch behind my school",
        "my special place is a muddy football pitch",
        "if I had to choose one place it would be our old football pitch",
    ),
    points=(
        point(
            "my team",
            claim="my best friends | wait | for me there",
            effects=("make me forget a bad day", "give me a second family"),
            reasons=(
                "we | know | each other from the first year at school",
                "nobody | is | alone in a team",
                "we | win | and lose together",
                "a hand on the shoulder | says | more than a speech",
            ),
            examples=(
                "when I missed a penalty {@when} the whole team came and hugged me",
                "{@friend} broke a leg and we carried the hospital bed to the window to see the "
                "game",
            ),
        ),
        point(
            "the smell and the sounds",
            claim="the grass | has | a smell that I would know anywhere",
            effects=("bring back {many} memories", "make my heart beat faster"),
            reasons=(
                "the ball | makes | a sound that I {like}",
                "the coffee of the parents | steams | in the cold air",
                "the old lamps | buzz | in the dark",
                "the rain | turns | everything | is | into mud",
            ),
            examples=(
                "{@when} I came back after {@number} months abroad and the smell made me cry",
                "the first time I stood there I was five and the goal looked as big as a house",
            ),
        ),
        point(
            "what I have learned",
            claim="the pitch | teaches | me things that no classroom can",
            effects=("be {useful} in the rest of my life", "make me stronger"),
            reasons=(
                "you | must get up | again when you have fallen",
                "the coach | shows | us that everyone is needed",
                "a referee | can be | wrong and you still have to accept it",
                "hard work | gives | results if you wait",
            ),
            examples=(
                "I sat on the bench for a whole season {@when} and learned patience",
                "our coach once took out the best player because of a mean comment",
            ),
        ),
        point(
            "the evenings alone",
            claim="I | sometimes go | there alone in the evening",
            effects=("clear my head", "help me to sleep"),
            reasons=(
                "the goal | never asks | how I feel",
                "a hundred shots | take away | my {stress} | is |",
                "the sky | is | pink over the trees",
                "nobody | sees | if I cry",
            ),
            examples=(
                "the evening my parents told me about the divorce I kicked the ball until it was "
                "dark",
                "{@when} an old man watched me for an hour and said that I reminded him of himself",
            ),
        ),
    ),
)

_LIBRARY = Position(
    theses=(
        "the place that matters to me is the library in my town",
        "my special place has two floors and thirty thousand books",
        "I have chosen to write about the library",
    ),
    points=(
        point(
            "feeling welcome",
            claim="everyone | is | welcome in the library",
            effects=("be rare nowadays", "make the town a better place"),
            reasons=(
                "it | costs | nothing to be there",
                "nobody | asks | where you come from",
                "the old man with the newspaper | says | hello every day",
                "the sofa by the window | belongs | to anyone",
            ),
            examples=(
                "when I was new in {@town} the librarian was the first person who learned my name",
                "{@friend} did not dare to go home one night and the librarian made tea",
            ),
        ),
        point(
            "the books",
            claim="the books | take | me to other worlds",
            effects=("make a small town big", "give me words for what I feel"),
            reasons=(
                "every shelf | hides | something that is new to me",
                "the paper | smells | of dust and secrets",
                "I | can travel | without a ticket",
                "there | is | always a page that knows what I feel",
            ),
            examples=(
                "{@when} I found a letter from 1974 between two pages and read it {@number} times",
                "I borrowed the same dragon book so many times that they gave it to me",
            ),
        ),
        point(
            "peace to work",
            claim="I | can work | better in the library than at home",
            effects=("save my grades", "let me finish my {schoolwork} in time"),
            reasons=(
                "my little brothers | are | not there",
                "the silence | makes | me want to read",
                "other people who study | pull | me with them",
                "the light | is | warm and yellow",
            ),
            examples=(
                "I studied for the {@subject} test there {@when} and got my best result ever",
                "{@friend} and I had the same table for a whole winter and never needed to talk",
            ),
        ),
        point(
            "meeting others",
            claim="the library | brings | people | are | together",
            effects=("make lonely people less lonely", "show what a society can be"),
            reasons=(
                "there | is | a language café every {@weekday}",
                "old ladies | teach | young people to knit",
                "the chess table | is | never empty",
                "small children | listen | to stories on the carpet",
            ),
            examples=(
                "at the language café {@relative} met a man from Chile and they are still friends",
                "{@when} I lost {@number} games of chess in a row against a girl of nine",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="A place that matters",
    text=(
        "Most people have a place that means something special to them. Describe such a place and "
        "explain why it matters to you. Tell the reader what you see, hear and feel there, and "
        "about something that happened there."
    ),
    topics=("a place that matters", "my special place", "places that mean something to us"),
    openers=(
        "close your eyes and listen",
        "some places are just places, but others become a part of you",
        "if you ask me where I feel at home the answer is easy",
        "there is no sign on the road that shows the way",
    ),
    positions=(_CABIN, _PITCH, _LIBRARY),
    difficulty=-0.1,
    argues=False,
)
