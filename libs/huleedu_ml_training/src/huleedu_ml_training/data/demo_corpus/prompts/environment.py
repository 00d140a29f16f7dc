"""Who is responsible for the climate."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_EACH_OF_US = Position(
    theses=(
        "each one of us must change our way of living",
        "ordinary people can save the climate if they want to",
        "the change has to start at home",
    ),
    points=(
        point(
            "travel",
            claim="we | can travel | in a smarter way",
            effects=("cut the emissions {fast}", "make the air in the cities clean"),
            reasons=(
                "a flight to Thailand | equals | a whole year of driving",
                "the train | takes | you almost everywhere in Europe",
                "most trips by car | are | shorter than three kilometres",
                "a bike | is | {good} for the planet and for your legs",
            ),
            examples=(
                "{@when} my family took the train to Italy and the journey was the best part",
                "{@relative} sold the car {@when} and has saved {much} money since then",
            ),
        ),
        point(
            "food",
            claim="the food on our plates | {change+s} | the climate | is |",
            effects=("be one of the {easy} things to change", "be {good} for our health too"),
            reasons=(
                "meat | {need+s} | {much} land and water",
                "we | throw away | a third of all food | is |",
                "vegetables from the region | do not travel | by plane",
                "school lunches | can teach | us new habits",
            ),
            examples=(
                "our school had {@number} meat-free days a month and nobody complained after a "
                "while",
                "{@friend} weighed all the food that was left after lunch {@when}, and it was "
                "forty kilos",
            ),
        ),
        point(
            "shopping",
            claim="we | {buy} | too many things that we do not need",
            effects=("create mountains of rubbish", "{waste} the resources of the earth"),
            reasons=(
                "a T-shirt | takes | thousands of litres of water to make",
                "phones | are | made to break after three years",
                "second-hand clothes | are | cheap and cool",
                "advertising | makes | us want new {stuff} every week",
            ),
            examples=(
                "{@when} I bought nothing new for a whole term, and I hardly noticed it",
                "{@friend} repaired an old bike from {@town} that somebody had thrown away",
            ),
        ),
        point(
            "good examples",
            claim="one person who changes | inspires | others as well",
            effects=("spread like rings on water", "put pressure on the politicians"),
            reasons=(
                "people | do | what their neighbours do",
                "a girl with a sign in Stockholm | is | now known all over the world",
                "companies | listen | to their customers",
                "children | teach | their parents",
            ),
            examples=(
                "my little brother taught the whole family to sort the rubbish",
                "first only {@friend} came by bike, and after a month there were {@number} of us",
            ),
        ),
    ),
)

_POLITICIANS = Position(
    theses=(
        "the politicians and the big companies have to take the responsibility",
        "it is wrong to put the blame on ordinary people",
        "only new laws can save the climate",
    ),
    points=(
        point(
            "the numbers",
            claim="a few huge companies | cause | most of the emissions | are |",
            effects=("make my own choices look very small", "show where the {real} {problem} is"),
            reasons=(
                "one factory | pollutes | more than a whole town",
                "a ship with goods | burns | tons of oil every day",
                "my paper straw | does not stop | a coal mine",
                "the richest | fly | in private jets",
            ),
            examples=(
                "{@when} I read that the steel industry lets out more than all our cars, and I was "
                "shocked",
                "{@relative} sorted every milk carton while the factory in {@town} just went on",
            ),
        ),
        point(
            "laws",
            claim="laws | work | better than good will",
            effects=("be {fair} because they are the same for all", "give quick results"),
            reasons=(
                "people | are | lazy by nature",
                "most of us | only wear | a seat belt because of a law",
                "a tax on pollution | makes | the clean choice | is | the cheap one",
                "the ozone layer | is | better because of a ban",
            ),
            examples=(
                "when plastic bags became {expensive} in {@town} everyone brought their own in a "
                "week",
                "{@when} smoking was forbidden in the park near us, and suddenly nobody smoked "
                "there",
            ),
        ),
        point(
            "money and fairness",
            claim="not everybody | can afford | to live in a green way",
            effects=("make poor people feel guilty", "split the country"),
            reasons=(
                "an electric car | costs | more than my mother earns in a year",
                "the bus in the countryside | comes | twice a day",
                "train tickets | are | more {expensive} than flights",
                "cheap food | is | often the worst for the climate",
            ),
            examples=(
                "{@friend} lives far outside {@town} and without a car there was no way to school",
                "{@when} we compared prices and the train to Berlin cost {@number} times as much "
                "as the plane",
            ),
        ),
        point(
            "knowledge",
            claim="ordinary people | do not know | what is best for the climate",
            effects=("lead to wrong decisions", "give companies a {chance} to lie"),
            reasons=(
                "one article | says | the opposite of the next one",
                "the labels on food | are | impossible to understand",
                "scientists | know | the facts and should be heard",
                "a company | can call | anything green",
            ),
            examples=(
                "{@when} {@friend} bought eco jeans, and then we found out that it was only a "
                "slogan",
                "in a {@subject} lesson we tried to count our own emissions and got {@number} "
                "different answers",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="The climate: who is responsible?",
    text=(
        "The climate is changing. Is it up to each of us to live in another way, or is it the job "
        "of politicians and companies? Write an argumentative essay. Present your opinion, give "
        "at least two reasons, and discuss what somebody who disagrees could say."
    ),
    topics=("the climate", "saving the environment", "the responsibility for the climate"),
    openers=(
        "last summer it was thirty-four degrees in my town",
        "the ice is melting while I am writing this",
        "there is no planet B, the posters say",
        "everyone talks about the climate but few people do anything",
    ),
    positions=(_EACH_OF_US, _POLITICIANS),
    difficulty=0.2,
    strictness=0.08,
)
