"""Whether there should be physical education every day."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_FOR = Position(
    theses=(
        "all pupils should have PE every day",
        "an hour of sport every day would make school better",
        "we need to move more in school",
    ),
    points=(
        point(
            "health",
            claim="our bodies | are | made for moving",
            effects=("make us {tired} in a good way", "save money for the hospitals"),
            reasons=(
                "most of us | sit | still for eight hours a day",
                "a strong heart | is | the best insurance",
                "many teenagers | have | pain in the back already",
                "habits from school | follow | you through life",
            ),
            examples=(
                "{@when} I ran for the first time and after two months my headache was gone",
                "{@relative} never did any sport and has problems with the back at thirty",
            ),
        ),
        point(
            "the brain",
            claim="the brain | works | better after exercise",
            effects=("lead to better grades", "make the lessons calm"),
            reasons=(
                "exercise | sends | more blood | is | to the head",
                "the {students} | find | it {easy} to sit still afterwards",
                "you | remember | more when you are awake",
                "a run | takes away | the worst {stress} | is |",
            ),
            examples=(
                "at {@friend}'s school they started every day with {@sport} and the results in "
                "{@subject} went up",
                "{@when} we took a walk before a test and nobody was nervous",
            ),
        ),
        point(
            "equal chances",
            claim="school sport | is | free for everyone",
            effects=("be the only {chance} for some children", "make society more {fair}"),
            reasons=(
                "a club | costs | thousands of kronor a year",
                "not all parents | have | a car to drive to training",
                "{many} children | do not do | any sport after school",
                "you | can try | things that you have never heard of",
            ),
            examples=(
                "{@friend} found out in a PE lesson {@when} that climbing was the right thing",
                "my family could not pay for ice hockey, so PE was my only team",
            ),
        ),
        point(
            "working together",
            claim="you | get | to know people when you play together",
            effects=("make the class stronger", "teach you to lose"),
            reasons=(
                "a ball | does not ask | what language you speak",
                "everybody | must trust | the others | are |",
                "the best at maths | is | sometimes the worst at football",
                "you | laugh | together when it goes wrong",
            ),
            examples=(
                "{@friend} came from Iraq {@when} without a word of Swedish and became the king of "
                "table tennis",
                "our class had {@number} groups that never spoke until the {@sport} tournament",
            ),
        ),
    ),
)

_AGAINST = Position(
    theses=(
        "PE every day would be too much",
        "more PE is not the answer",
        "there are better ways to use an hour a day",
    ),
    points=(
        point(
            "other subjects",
            claim="an extra hour of PE | takes | time | is | from other subjects",
            effects=("make the school day even longer", "{hurt} those who need time to study"),
            reasons=(
                "we | are | already behind in {@subject}",
                "nobody | wants | to be at school until five o'clock",
                "the music and art lessons | are | so few already",
                "{students} with problems | need | more help in reading",
            ),
            examples=(
                "{@when} our {@subject} lessons were moved for a sports day and we never caught "
                "up",
                "{@relative} went to a school with extra sport and came home at six every day",
            ),
        ),
        point(
            "those who suffer",
            claim="PE | is | the worst hour of the week for some of us",
            effects=("make people {hate} exercise", "lead to more absence"),
            reasons=(
                "you | are | always chosen last",
                "the changing room | is | a place without any {adults}",
                "everyone | can see | that you cannot do it",
                "a grade for how high you jump | feels | {unfair}",
            ),
            examples=(
                "{@friend} forgot the gym clothes on purpose {@number} weeks in a row",
                "{@when} somebody laughed at how I ran, and I have not run since then",
            ),
        ),
        point(
            "our own choice",
            claim="health | is | the responsibility of each person and family",
            effects=("be a matter of {freedom}", "make us grow up"),
            reasons=(
                "many of us | train | four evenings a week already",
                "a walk with the dog | is | also exercise",
                "the school | cannot fix | everything",
                "sport that you choose yourself | is | the one you keep",
            ),
            examples=(
                "{@friend} plays {@sport} {@number} times a week and was too {tired} for PE",
                "I started to dance {@when} because I wanted to and not because of a grade",
            ),
        ),
        point(
            "practical problems",
            claim="most schools | do not have | room for that much PE",
            effects=("cost a fortune", "make it impossible in reality"),
            reasons=(
                "our gym | is | full from eight to four",
                "there | are | too few PE teachers in the country",
                "showers and changing | take | half of the lesson | is |",
                "the smaller schools | share | one hall | is | with a whole town",
            ),
            examples=(
                "{@when} three classes shared one hall and we mostly stood in line",
                "the showers at our school were broken for {@number} months",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="Sport every day",
    text=(
        "Doctors suggest that all pupils should have physical education (PE) every day. What do "
        "you think of this idea? Write a text for the school's web page. Say what you think, "
        "explain your reasons and describe how it could work in practice."
    ),
    topics=("PE every day", "more sport at school", "exercise and school"),
    openers=(
        "we sit in school for seven hours and then we sit on the bus",
        "the whistle goes and thirty pupils run in the rain",
        "in the past children walked five kilometres to school",
        "some people love PE and some people hide in the toilet",
    ),
    positions=(_FOR, _AGAINST),
    difficulty=-0.1,
)
