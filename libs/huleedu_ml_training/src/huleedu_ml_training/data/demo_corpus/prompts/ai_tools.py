"""Whether AI may be used for school work."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_ALLOW = Position(
    theses=(
        "pupils should be allowed to use AI at school",
        "AI is a tool that we have to learn to use",
        "a ban on AI would be a mistake",
    ),
    points=(
        point(
            "explanations",
            claim="an AI | can explain | things again and again without getting {tired}",
            effects=("{help} those who do not dare to ask", "be like a private teacher"),
            reasons=(
                "you | can ask | the same question | is | ten times",
                "it | gives | an answer at midnight before the test",
                "the teacher | has | thirty {students} at the same time",
                "you | get | examples about things that you like",
            ),
            examples=(
                "{@when} I finally understood fractions because the chatbot used pizza and "
                "{@sport}",
                "{@friend} never asked anything in class but asked the computer {@number} "
                "questions in one evening",
            ),
        ),
        point(
            "the future",
            claim="we | will use | AI in almost every job",
            effects=("make it {important} to start now", "give us a better {chance} later"),
            reasons=(
                "companies | look | for people who can use it",
                "the calculator | is | a {good} example of a thing that was once forbidden",
                "a school | must prepare | us for reality",
                "other countries | already teach | it from year one",
            ),
            examples=(
                "{@relative} works at an office in {@town} and talks to an AI more than to the "
                "boss",
                "on my work experience {@when} they wrote every letter with the help of AI",
            ),
        ),
        point(
            "equality",
            claim="AI | gives | help to those who have no help at home",
            effects=("make school more {fair}", "close the gap between {students}"),
            reasons=(
                "a private teacher | costs | hundreds of kronor an hour",
                "some parents | do not speak | the language well",
                "a program | can read | the text | is | aloud for dyslexic {students}",
                "it | never laughs | at a stupid question",
            ),
            examples=(
                "{@friend} has parents who never went to school and got an A for the first time "
                "{@when}",
                "with a program that reads aloud {@relative} passed {@subject} at last",
            ),
        ),
        point(
            "better texts",
            claim="the computer | can show | you your own mistakes",
            effects=("make you a better writer", "save time for the teacher"),
            reasons=(
                "you | get | comments at once and not after three weeks",
                "it | finds | the commas that I always forget",
                "you | still have | to decide what to change",
                "professional writers | have | editors as well",
            ),
            examples=(
                "{@when} I asked for three tips for my story, and the last tip changed everything",
                "{@teacher} let us compare our texts with one by a machine, and ours had more "
                "feeling",
            ),
        ),
    ),
)

_FORBID = Position(
    theses=(
        "AI should be kept out of school work",
        "pupils who use AI cheat themselves",
        "we need clear limits for AI at school",
    ),
    points=(
        point(
            "learning to think",
            claim="you | do not learn | anything when a machine does the work",
            effects=("make us lazy", "weaken the brain like a muscle"),
            reasons=(
                "writing | is | a way of thinking",
                "the struggle | is | what makes you remember",
                "nobody | gets | strong by watching others train",
                "a finished answer | stops | every question | is |",
            ),
            examples=(
                "{@friend} used a chatbot for {@number} essays and could not write one line in the "
                "exam",
                "{@when} I let the computer do my {@subject} and failed the test the week after",
            ),
        ),
        point(
            "fair grades",
            claim="the teachers | cannot know | who has written the text",
            effects=("make the grades worth nothing", "be {unfair} to honest {students}"),
            reasons=(
                "a good machine | writes | like a good pupil",
                "the programs that search for cheating | are | often wrong",
                "some {students} | can pay | for a better version",
                "the honest ones | get | the lower grade",
            ),
            examples=(
                "{@friend} wrote a fantastic essay alone {@when} and nobody believed it",
                "{@number} people in the other class handed in almost the same text about the "
                "same book",
            ),
        ),
        point(
            "mistakes",
            claim="the machine | invents | facts and sounds sure about it",
            effects=("spread lies", "be {dangerous} if nobody checks"),
            reasons=(
                "it | does not know | what is true",
                "a wrong year | looks | just like a right one",
                "the sources | do not exist | when you look for them",
                "young {students} | believe | everything that a computer says",
            ),
            examples=(
                "{@when} it told {@friend} that a king had died {@number} years before he was "
                "born",
                "I got a list of books for a project and half of them did not exist",
            ),
        ),
        point(
            "your own voice",
            claim="every text | sounds | the same when a machine has written it",
            effects=("make reading {boring}", "take away what is human"),
            reasons=(
                "a computer | has | no childhood and no heart",
                "the small mistakes | make | a text | is | alive",
                "you | stop | trusting your own words",
                "a poem | is | about somebody's {feeling+pl}",
            ),
            examples=(
                "{@teacher} read two poems aloud {@when} and all of us felt which one was real",
                "{@relative} got a birthday letter from a machine and threw it away",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="AI in school work",
    text=(
        "More and more pupils use artificial intelligence (AI) when they do their school work. "
        "Should it be allowed? Write a debate article in which you argue for your point of view. "
        "Your article should have an introduction, at least two arguments and a conclusion."
    ),
    topics=("AI in school", "artificial intelligence", "using AI for school work"),
    openers=(
        "this text was written by a human being",
        "write an essay about AI, I told the computer, and ten seconds later it was done",
        "two years ago nobody at my school talked about AI",
        "a computer can write a poem, solve an equation and tell a joke",
    ),
    positions=(_ALLOW, _FORBID),
    difficulty=0.15,
    popularity=1.1,
)
