"""Whether pupils should have part-time jobs."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_FOR = Position(
    theses=(
        "it is good for teenagers to have a part-time job",
        "more young people should work a few hours a week",
        "a small job teaches you things that school cannot",
    ),
    points=(
        point(
            "your own money",
            claim="your own money | gives | you {freedom}",
            effects=("make you think before you {buy} something", "take {stress} off your parents"),
            reasons=(
                "you | do not have | to ask your parents for every coffee",
                "a person who works | knows | what things cost",
                "a driving licence | is | {very} {expensive}",
                "saved money | makes | the future less scary",
            ),
            examples=(
                "{@friend} worked at a bakery every Saturday and paid for a trip to Spain alone",
                "{@when} I bought a pair of headphones with my first salary and I still take "
                "care of them",
            ),
        ),
        point(
            "responsibility",
            claim="a job | teaches | young people to take responsibility",
            effects=("make you grow up {fast}", "{help} you in your {schoolwork} as well"),
            reasons=(
                "somebody | is | {angry} if you come late",
                "the others at work | {need} | you",
                "you | learn | to plan your week",
                "customers | do not care | about your excuses",
            ),
            examples=(
                "{@relative} got a job with newspapers at five in the morning and was never late "
                "for school again",
                "my first boss gave me the keys to the whole shop after {@number} weeks",
            ),
        ),
        point(
            "experience",
            claim="work | gives | you experience for the future",
            effects=("look good in an application", "open doors later in life"),
            reasons=(
                "employers | want | people who have worked before",
                "you | meet | people of all ages",
                "it | {show+s} | what kind of job you do not want",
                "you | learn | to talk to strangers without being {afraid}",
            ),
            examples=(
                "{@friend} helped out in a shop in {@town} and was offered a full job after "
                "school",
                "{@when} I worked in a kitchen and understood that I never want to be a chef",
            ),
        ),
        point(
            "being useful",
            claim="it | feels | wonderful to be needed",
            effects=("make you {proud}", "give you self-confidence"),
            reasons=(
                "school | is | mostly about what you cannot do yet",
                "an old lady who says thank you | means | more than a grade",
                "you | see | the result of your work | is | at once",
                "a smile | costs | nothing but gives {much} energy",
            ),
            examples=(
                "at the home for old people where {@relative} works I read the newspaper aloud "
                "and they loved it",
                "{@when} I fixed the computer of a neighbour and felt like a hero",
            ),
        ),
    ),
)

_AGAINST = Position(
    theses=(
        "school should come first and work can wait",
        "teenagers should not work during the school year",
        "a part-time job takes too much from a young person",
    ),
    points=(
        point(
            "grades",
            claim="a job | takes | time | is | from our {schoolwork}",
            effects=("lead to lower grades", "close doors for the future"),
            reasons=(
                "there | are | only twenty-four hours in a day",
                "a {tired} person | does not remember | anything",
                "the tests | come | at the same time as the extra shifts",
                "bad grades | can follow | you for years",
            ),
            examples=(
                "{@friend} worked every evening {@when} and failed in {@subject}",
                "{@relative} chose the job before the books and had to read everything again "
                "later",
            ),
        ),
        point(
            "sleep and health",
            claim="many young workers | sleep | too little",
            effects=("make you ill in the long run", "be {dangerous} for the body"),
            reasons=(
                "a shift | may end | at eleven in the evening",
                "teenagers | need | nine hours of sleep",
                "there | is | no time left for sport or rest",
                "{stress} | {hurt+s} | the memory | is |",
            ),
            examples=(
                "{@when} a boy in my class fell asleep on his desk after a night at a restaurant",
                "{@friend} stopped with {@sport} because of the job and felt worse and worse",
            ),
        ),
        point(
            "bad conditions",
            claim="some bosses | use | young people because they do not know their rights",
            effects=("be {unfair} and sometimes illegal", "make young people trust nobody"),
            reasons=(
                "a fifteen-year-old | does not dare | to say no",
                "the pay | is | much lower than for {adults}",
                "nobody | checks | the small places",
                "they | get | the {boring} and dirty work",
            ),
            examples=(
                "{@friend} worked {@number} hours without a break and got paid in pizza",
                "{@when} {@relative} never got the money for a whole month of work",
            ),
        ),
        point(
            "being young",
            claim="we | will work | for fifty years anyway",
            effects=("be worth more than money", "give us memories for life"),
            reasons=(
                "free time | is | something that never comes back",
                "friends | become | more {important} than ever in these years",
                "hobbies | {improve} | our {skill+pl} | are | too",
                "{adults} | often say | that they miss their youth",
            ),
            examples=(
                "{@relative} worked every summer and still talks about the holidays that never "
                "were",
                "{@when} all my friends went to the lake and I stood in a hot kitchen with "
                "dishes",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="Part-time jobs",
    text=(
        "Quite a few pupils work in the evenings or at weekends. Is it good for young people to "
        "have a job while they go to school? Write an article for a youth magazine where you "
        "discuss advantages and disadvantages and come to a conclusion of your own."
    ),
    topics=("part-time jobs", "working while you go to school", "jobs for teenagers"),
    openers=(
        "a burger, a smile and a receipt is what my Saturdays look like",
        "about a third of my classmates have some kind of job",
        "my parents always ask me when I am going to get a job",
        "money does not grow on trees, my father says",
    ),
    positions=(_FOR, _AGAINST),
    difficulty=0.05,
)
