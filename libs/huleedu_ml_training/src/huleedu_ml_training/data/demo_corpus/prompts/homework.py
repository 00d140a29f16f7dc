"""Whether homework should be abolished."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_ABOLISH = Position(
    theses=(
        "homework should be abolished",
        "all school work should be done at school",
        "we would learn just as much without homework",
    ),
    points=(
        point(
            "free time",
            claim="homework | takes | our free time | is |",
            effects=("make young people tired of learning", "leave no room for hobbies"),
            reasons=(
                "a school day | is | already as long as a day at work",
                "many of us | have | training {@number} evenings a week",
                "the brain | needs | rest to remember things",
                "families | see | each other too little in the evenings",
            ),
            examples=(
                "{@friend} had to quit {@sport} {@when} because of all the homework",
                "on {@weekday} I came home at five and sat with {@subject} until I fell asleep",
            ),
        ),
        point(
            "equality",
            claim="homework | is | {unfair} to those who get no help at home",
            effects=("make the gap between {students} bigger", "decide grades by luck"),
            reasons=(
                "some parents | can explain | everything to their children",
                "not everybody | has | a {quiet} place to sit",
                "{students} with small siblings | have | other things to do",
                "some families | pay | for private teachers",
            ),
            examples=(
                "{@friend} shares a room with {@number} brothers and does the homework in the "
                "bathroom",
                "{@when} a classmate got an A for something that her father wrote",
            ),
        ),
        point(
            "stress",
            claim="homework | is | one of the biggest causes of {stress} among teenagers",
            effects=("{hurt} our health", "make people {hate} school"),
            reasons=(
                "every teacher | thinks | that their subject is the only one",
                "the tests and the essays | come | in the same week",
                "you | can never feel | that you are finished",
                "the worry | follows | you into bed",
            ),
            examples=(
                "{@when} I had {@number} tests in one week and cried in the kitchen",
                "{@friend} got a stomach ache every Sunday evening and it went away in the "
                "summer",
            ),
        ),
        point(
            "what we learn",
            claim="most homework | does not teach | us anything",
            effects=("{waste} time for everybody", "make the whole thing feel pointless"),
            reasons=(
                "a lot of {students} | copy | it from a friend on the bus",
                "nobody | is | there to explain when you get stuck",
                "the same exercise | comes | back again and again",
                "the teachers | have | no time to read it",
            ),
            examples=(
                "I did the same page twice {@when} and nobody, not even {@teacher}, noticed it",
                "{@friend} never did any homework and still got better results than me",
            ),
        ),
    ),
)

_KEEP = Position(
    theses=(
        "homework is still needed",
        "a reasonable amount of homework is good for us",
        "we should keep homework but make it better",
    ),
    points=(
        point(
            "practice",
            claim="you | must practise | something many times before you really know it",
            effects=("make the next lesson {easy}", "lead to better grades"),
            reasons=(
                "twenty words | do not stay | in your head after one lesson",
                "nobody | becomes | a great player without training alone",
                "the lessons | are | too short for thirty {students}",
                "repetition | moves | the {knowledge} | is | into the long-term memory",
            ),
            examples=(
                "{@when} I practised {@subject} for ten minutes a day and my result went up "
                "two grades",
                "{@friend} said the French verbs aloud on the bus every day and knew them all "
                "on the test",
            ),
        ),
        point(
            "responsibility",
            claim="homework | teaches | us to plan our own time",
            effects=("prepare us for the university", "be {useful} for the rest of your life"),
            reasons=(
                "nobody | tells | you when to start",
                "you | learn | from the evening when you started too late",
                "a job | has | deadlines as well",
                "a calendar | is | a good friend",
            ),
            examples=(
                "{@when} I forgot a big project until the last night and I have never done that "
                "again",
                "{@relative} studies at the university in {@town} and reads every single evening",
            ),
        ),
        point(
            "parents",
            claim="homework | shows | our parents what we do at school",
            effects=("make it {easy} to talk at home", "help the teacher as well"),
            reasons=(
                "most teenagers | only say | that school was fine",
                "a father who reads the text | understands | the {problem+pl} | are |",
                "some questions | start | a discussion at the dinner table",
                "parents | {like} | to feel needed",
            ),
            examples=(
                "{@when} my grandfather helped me with {@subject} and told me about his own "
                "school",
                "we interviewed our parents for homework and {@friend} found out a family "
                "secret",
            ),
        ),
        point(
            "working alone",
            claim="some tasks | are | better to do in peace and quiet",
            effects=("give you time to think", "be the only {chance} for shy {students}"),
            reasons=(
                "a classroom | is | never completely {quiet}",
                "a novel | is | impossible to read in forty minutes",
                "you | can work | in your own speed",
                "a good text | needs | a night of sleep before you change it",
            ),
            examples=(
                "I wrote my best story ever at two o'clock on a {@weekday} with a cup of tea",
                "{@friend} never said a word in class but handed in fantastic work from home",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="Homework",
    text=(
        "A headmaster has decided to take away all homework for one year. Is this a step in the "
        "right direction? Write a letter to the headmaster in which you say what you think of the "
        "decision and support your view with reasons and examples."
    ),
    topics=("homework", "homework in our school", "a year without homework"),
    openers=(
        "it is ten o'clock in the evening and my books are still open",
        "dear headmaster, I have heard about your decision",
        "homework is probably the most hated word in every school",
        "imagine a whole year without homework",
    ),
    positions=(_ABOLISH, _KEEP),
    strictness=0.05,
)
