"""What social media do to friendship."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_HARM = Position(
    theses=(
        "social media have made friendship weaker",
        "we would be better friends without social media",
        "likes and followers are not the same thing as friends",
    ),
    points=(
        point(
            "comparing yourself",
            claim="we | compare | our normal days | are | with the best days of others",
            effects=("make many of us {sad}", "destroy the self-confidence of young people"),
            reasons=(
                "nobody | posts | a picture of a {boring} evening",
                "the photos | are | filtered and chosen with care",
                "a number under a picture | decides | how you feel about yourself",
                "the body of a model | is | not a {real} body",
            ),
            examples=(
                "{@friend} deleted a nice picture {@when} because only {@number} people had "
                "liked it",
                "{@relative} cried over a party that did not even look {fun} in real life",
            ),
        ),
        point(
            "time together",
            claim="people | look | at their screens even when they meet",
            effects=("make us feel {lonely} together", "kill every conversation"),
            reasons=(
                "half of a dinner | goes | to taking photos of it",
                "a friend who listens with one ear | is | not really there",
                "every break | ends | with everybody in their own world",
                "we | often forget | how to be bored together",
            ),
            examples=(
                "{@when} we were {@number} people on a sofa and nobody said a word for an hour",
                "at my birthday {@friend} filmed everything and remembered nothing",
            ),
        ),
        point(
            "meanness",
            claim="it | is | {easy} to be mean behind a screen",
            effects=("{hurt} people who have done nothing", "follow the victim all the way home"),
            reasons=(
                "you | do not see | the eyes of the other person",
                "a fake account | hides | who is writing",
                "a group chat | can shut out | one person | is | with one click",
                "the words | stay | on the screen for ever",
            ),
            examples=(
                "there was a secret chat about {@friend} with {@number} members and nobody told a "
                "teacher",
                "{@when} a rumour in {@town} spread in one evening and none of it was true",
            ),
        ),
        point(
            "being available",
            claim="you | must answer | at once or somebody gets {angry}",
            effects=("create {stress} around the clock", "turn friendship into a job"),
            reasons=(
                "your friends | can see | that you have read the message",
                "a streak | becomes | more {important} than the person",
                "the phone | rings | in the middle of the night",
                "silence | is | understood as a punishment",
            ),
            examples=(
                "{@friend} and I had a huge {fight} because I fell asleep before I answered",
                "{@when} I lost my phone for a week and slept better than in years",
            ),
        ),
    ),
)

_HELP = Position(
    theses=(
        "social media help us to be better friends",
        "friendship online is just as real as any other",
        "social media bring people closer to each other",
    ),
    points=(
        point(
            "distance",
            claim="you | can keep | your friends | are | even if they move away",
            effects=("make the world smaller", "mean that nobody has to be {lonely}"),
            reasons=(
                "a video call | costs | nothing",
                "you | see | pictures from their everyday life",
                "a letter | takes | a week and a message takes a second",
                "many families | live | in {different} countries",
            ),
            examples=(
                "{@friend} moved to {@town} {@when} and we still talk every single evening",
                "my grandmother in another country sees my matches live on her tablet",
            ),
        ),
        point(
            "people like you",
            claim="everybody | can find | someone with the same interest",
            effects=("save many young people from feeling {strange}", "give you a place to belong"),
            reasons=(
                "a small town | does not have | a club for everything",
                "shy people | find | it {easy} to write first and meet later",
                "the internet | does not care | how you look",
                "young people with an illness | give | each other {support}",
            ),
            examples=(
                "{@friend} loves old trains and has a group of {@number} friends who love them "
                "too, and {@when} they all met for real",
                "{@relative} learned to play the guitar together with a girl from Brazil",
            ),
        ),
        point(
            "support",
            claim="your friends | are | only a message away when you feel bad",
            effects=("make hard days lighter", "save lives now and then"),
            reasons=(
                "it | is | {easy} to write what you cannot say",
                "somebody | is | always awake",
                "a kind comment | makes | a whole day | is | better",
                "the quiet ones | {notice} | that others feel the same",
            ),
            examples=(
                "when my dog died {@friend} wrote to me until three in the morning",
                "{@when} our whole class sent films to a classmate at the hospital in {@town}",
            ),
        ),
        point(
            "planning and meeting",
            claim="social media | make | it {easy} to meet in real life",
            effects=("lead to more time together", "let new people join the group"),
            reasons=(
                "one post | reaches | the whole class | is | in a minute",
                "nobody | sits | at home and waits for a phone call",
                "you | see | who is free tonight",
                "an event page | tells | everybody the time and place",
            ),
            examples=(
                "{@when} we planned a {@sport} game in ten minutes and {@number} people came",
                "the surprise party for {@friend} was planned in a chat and nobody said a word",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="Social media and friendship",
    text=(
        "Young people spend several hours a day on social media. Has this made friendship "
        "stronger or weaker? Write a text where you discuss how social media affect the way we "
        "are friends with each other. Use examples from your own life or from people you know."
    ),
    topics=("social media and friendship", "friends on the internet", "social media"),
    openers=(
        "I have more than four hundred friends and I have met about fifty of them",
        "my grandmother had five friends and no phone",
        "a heart, a thumb and a smiley is how we talk today",
        "everyone I know uses at least three different apps to talk to their friends",
    ),
    positions=(_HARM, _HELP),
    popularity=1.2,
)
