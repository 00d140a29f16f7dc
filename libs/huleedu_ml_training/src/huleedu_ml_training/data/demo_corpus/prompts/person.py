"""A person whom the writer admires."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_GRANDMOTHER = Position(
    theses=(
        "the person I admire most is my grandmother",
        "I have chosen to write about my grandmother",
        "nobody has taught me more than my grandmother",
    ),
    points=(
        point(
            "her life",
            claim="my grandmother | has | a hard life behind her",
            effects=("make my own {problem+pl} look {small}", "teach me to be thankful"),
            reasons=(
                "she | comes | from a family with nine children",
                "she | knows | what it is like to be hungry",
                "her father | is | the reason why she never finished school",
                "her hands | {show} | how much she has worked",
            ),
            examples=(
                "she left her country with one bag and {@number} photographs",
                "when she was fourteen she cleaned houses in {@town} before the sun went up",
            ),
        ),
        point(
            "her courage",
            claim="she | is | never afraid to say what she thinks",
            effects=("make me braver", "be something that I want to learn"),
            reasons=(
                "she | does not care | about what the neighbours say",
                "she | always stands | up for the weak ones",
                "a loud voice | does not scare | her",
                "she | says | that silence is also an answer",
            ),
            examples=(
                "{@when} she told a grown man on the bus to apologise to a young girl, and he did",
                "she learned to swim at seventy because she was tired of being {afraid}",
            ),
        ),
        point(
            "her time for others",
            claim="she | has | time for everybody",
            effects=("make people feel important", "be unusual in our {stressful} world"),
            reasons=(
                "she | listens | without looking at a clock",
                "there | is | always an extra plate on her table",
                "the neighbours | leave | their keys with her",
                "she | remembers | every birthday | is |",
            ),
            examples=(
                "{@when} {@friend} was {sad} and my grandmother made soup without asking a single "
                "question",
                "on her last birthday {@number} people who were not family came with flowers",
            ),
        ),
        point(
            "her humour",
            claim="she | laughs | at everything, mostly at herself",
            effects=("make it {easy} to talk to her", "help the whole family in hard times"),
            reasons=(
                "a joke | opens | more doors than a key",
                "she | tells | the same story | is | in a new way every time",
                "she | wears | a yellow hat | is | just to make people smile",
                "children | {like} | her at once",
            ),
            examples=(
                "she fell into the lake in her best dress {@when} and laughed until we all cried",
                "she sent me {@number} pictures of her own thumb before she understood the camera",
            ),
        ),
    ),
)

_COACH = Position(
    theses=(
        "the person I look up to is my coach",
        "the person who has meant most for me is my {@sport} coach",
        "I admire my coach more than any star on TV",
    ),
    points=(
        point(
            "seeing everyone",
            claim="my coach | sees | every single player",
            effects=("make us want to do our best", "build a real team"),
            reasons=(
                "the worst player | gets | just as much time as the best",
                "he | knows | when somebody has a bad day",
                "he | says | hello to all of us by name",
                "nobody | needs | to shout to be heard",
            ),
            examples=(
                "{@when} I was going to quit and he drove to {@town} just to talk with me",
                "{@friend} never scored a goal, and he made {@friend} captain for one match",
            ),
        ),
        point(
            "hard work",
            claim="he | works | harder than anybody I know",
            effects=("show us what it takes", "{change} the way I look at school"),
            reasons=(
                "he | has | a normal job from seven to four",
                "the training | is | planned down to the minute",
                "he | stays | late and picks up the balls",
                "he | does not get | one krona for it",
            ),
            examples=(
                "the winter the hall was closed he cleared the snow from a pitch {@number} times",
                "{@when} he had a fever and still stood in the rain at our match",
            ),
        ),
        point(
            "how to lose",
            claim="he | teaches | us to lose with our heads high",
            effects=("be more {important} than winning", "help me when things go wrong"),
            reasons=(
                "we | thank | the referee | is | after every match",
                "a loss | is | a lesson in his eyes",
                "he | never blames | one player",
                "the next training | always starts | with a laugh",
            ),
            examples=(
                "we lost with {@number} goals {@when}, and he bought ice cream for both teams",
                "after my mistake in the final he only said that he was proud of me",
            ),
        ),
        point(
            "his own story",
            claim="his own life | is | not a fairy tale",
            effects=("give hope to others", "make me believe in second chances"),
            reasons=(
                "he | talks | openly about his mistakes",
                "school | is | nothing that he remembers with joy",
                "his knee | is | the reason why he could not go on playing",
                "he | knows | how it feels to be left out",
            ),
            examples=(
                "he told us {@when} that he could not read properly until he was twelve",
                "as a teenager he stole a bike, and the owner became his first coach",
            ),
        ),
    ),
)

_ACTIVIST = Position(
    theses=(
        "the person I admire is Malala Yousafzai",
        "I admire Malala, the girl who wanted to go to school",
        "my heroine is Malala Yousafzai",
    ),
    points=(
        point(
            "fighting for school",
            claim="she | fights | for the right of girls to go to school",
            effects=("{change} the lives of millions", "make me think about my own school"),
            reasons=(
                "millions of children | do not have | a school to go to",
                "an educated girl | {change+s} | her whole village | is |",
                "some men | are | afraid of girls with books",
                "a pen | is | stronger than a gun in her hands",
            ),
            examples=(
                "when she was eleven she wrote a secret diary for the radio about life without "
                "school",
                "{@teacher} read her speech to us {@when} and nobody said a word afterwards",
            ),
        ),
        point(
            "not giving up",
            claim="she | goes | on although somebody tried to kill her",
            effects=("be hard to believe", "give me goose bumps"),
            reasons=(
                "hate | does not make | her hate back",
                "most people | may want | to hide after something like that",
                "her voice | is | calm and full of power",
                "she | turns | pain | is | into something {good}",
            ),
            examples=(
                "a man stopped her school bus and shot her, and nine months later she spoke to the "
                "whole world",
                "she went to school in England with a scar and a smile",
            ),
        ),
        point(
            "being young",
            claim="she | shows | that a young person can {change} the world",
            effects=("make me less afraid to speak", "give young people hope"),
            reasons=(
                "{adults} | do not have | all the answers",
                "she | is | the youngest person with a Nobel Prize",
                "age | is | not the same thing as wisdom",
                "a small voice | can become | a movement",
            ),
            examples=(
                "after a film about her {@friend} and I started a collection and got {@number} "
                "thousand kronor",
                "{@when} I stood up for a classmate because I thought of her",
            ),
        ),
        point(
            "being human",
            claim="she | is | also an ordinary person",
            effects=("make it {easy} to understand her", "be what I {like} most about her"),
            reasons=(
                "she | jokes | about her little brothers",
                "she | worries | about exams like the rest of us",
                "her book | is | honest about her {feeling+pl}",
                "she | watches | silly series | are | on the sofa",
            ),
            examples=(
                "in an interview she said that she had been more nervous before a {@subject} test "
                "than before a speech",
                "she failed her driving test and told everyone about it",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="A person I admire",
    text=(
        "Write about a person you admire. It may be somebody famous or somebody you know. Present "
        "the person, explain what makes him or her special, and tell what other people could "
        "learn from this person."
    ),
    topics=("a person I admire", "the person I look up to", "people we admire"),
    openers=(
        "heroes do not always wear a cape",
        "when people hear the word hero they think of films",
        "there are many famous people in the world",
        "I did not have to think for a long time about this topic",
    ),
    positions=(_GRANDMOTHER, _COACH, _ACTIVIST),
    difficulty=-0.05,
    argues=False,
)
