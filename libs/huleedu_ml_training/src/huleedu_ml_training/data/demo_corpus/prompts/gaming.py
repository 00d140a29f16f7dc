"""Whether video games are a waste of time."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_GOOD = Position(
    theses=(
        "video games are better than their reputation",
        "gaming is not a waste of time",
        "parents should stop worrying about video games",
    ),
    points=(
        point(
            "learning English",
            claim="I | learn | more English from games than from school",
            effects=("{help} my grades", "give you words that no book teaches"),
            reasons=(
                "you | must understand | the mission | is | to go on",
                "the players | come | from the whole world",
                "nobody | corrects | you with a red pen",
                "you | hear | {different} accents | are | every evening",
            ),
            examples=(
                "{@when} I talked to a guy from Canada for {@number} hours and forgot that it was "
                "English",
                "{@friend} moved up two grades in English after a year in an online team",
            ),
        ),
        point(
            "friends",
            claim="gaming | is | something we do together",
            effects=("make lonely people less lonely", "be like a club for us"),
            reasons=(
                "we | talk | the whole time in our headsets",
                "a team | must trust | each other to win",
                "a girl in a wheelchair | can play | against anyone",
                "it | does not matter | how old you are",
            ),
            examples=(
                "my best friend lives in {@town} and we first met in a game {@when}",
                "{@friend} was new in class and got {@number} friends on the first game night",
            ),
        ),
        point(
            "useful skills",
            claim="games | {improve} | {skill+pl} that you can use later",
            effects=("be {useful} at work", "train the brain"),
            reasons=(
                "you | must solve | {problem+pl} | are | under time pressure",
                "a strategy game | is | like chess with a thousand pieces",
                "you | fail | a hundred times and try again",
                "surgeons who play | work | with steadier hands",
            ),
            examples=(
                "{@relative} learned to code by changing a game and works with computers now",
                "after a year of building worlds {@friend} understood geometry better than the "
                "rest of us",
            ),
        ),
        point(
            "relaxing",
            claim="a game | takes away | the {stress} | is | after a long day",
            effects=("make me {happy}", "be better than doing nothing"),
            reasons=(
                "my head | is | full after eight lessons",
                "you | forget | your {problem+pl} for an hour",
                "it | is | not more {dangerous} than a film",
                "old people | do | crosswords for the same {reason}",
            ),
            examples=(
                "{@when} I had a really terrible day and an hour with a farming game made it okay",
                "during the pandemic {@relative} and I played every evening and it kept us calm",
            ),
        ),
    ),
)

_BAD = Position(
    theses=(
        "many young people play far too much",
        "video games take more than they give",
        "parents must set limits for gaming",
    ),
    points=(
        point(
            "time",
            claim="the hours | disappear | without you noticing it",
            effects=("leave no time for {schoolwork}", "turn days into nights"),
            reasons=(
                "the game | never ends | and there is always one more level",
                "you | promise | yourself ten minutes and stay for three hours",
                "daily rewards | pull | you back every evening",
                "friends | get | {angry} if you leave the team",
            ),
            examples=(
                "{@when} I looked up from a game and it was four in the morning on a {@weekday}",
                "{@friend} missed {@number} tests in one term because of a new game",
            ),
        ),
        point(
            "health",
            claim="gamers | sit | still and eat junk food",
            effects=("be {bad} for the body", "lead to sleeping problems"),
            reasons=(
                "the blue light | tells | the brain that it is still day",
                "nobody | goes | out for a walk in the middle of a match",
                "the neck and the wrists | start | to hurt",
                "energy drinks | keep | you awake all night",
            ),
            examples=(
                "{@friend} got such a sore wrist that writing was impossible for a month",
                "{@when} {@relative} drank {@number} energy drinks in a night and had to see a "
                "doctor",
            ),
        ),
        point(
            "money",
            claim="the companies | want | our money",
            effects=("be like gambling", "cost parents a fortune"),
            reasons=(
                "a loot box | is | nothing but a lottery",
                "children | do not understand | that the coins are real",
                "a new outfit for your hero | costs | as much as a real shirt",
                "you | must pay | to win in some games",
            ),
            examples=(
                "{@when} {@friend} spent {@number} thousand kronor with a parent's card",
                "I bought a golden sword {@when} and a month later nobody played that game",
            ),
        ),
        point(
            "anger",
            claim="some people | become | {angry} and rude when they play",
            effects=("spoil the mood at home", "make new players leave"),
            reasons=(
                "everyone | hides | behind a nickname",
                "losing | feels | like the end of the world",
                "the language in the chat | is | rude and ugly",
                "young children | hear | words that they should not hear",
            ),
            examples=(
                "{@relative} threw a controller through a window {@when}",
                "the first thing a stranger wrote to {@friend} was that girls cannot play",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="Video games",
    text=(
        "Some people say that video games are a waste of time, others that you can learn a lot "
        "from them. What is your opinion? Write a blog post of at least 150 words where you "
        "present your opinion, and use your own experience."
    ),
    topics=("video games", "gaming", "playing computer games"),
    openers=(
        "you only play all day, my mother shouts from the kitchen",
        "I have been a gamer since I was six years old",
        "millions of people play video games every day",
        "last night I saved the world and then I did my homework",
    ),
    positions=(_GOOD, _BAD),
    popularity=1.1,
    difficulty=-0.1,
)
