"""Whether pupils should wear school uniforms."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_FOR = Position(
    theses=(
        "school uniforms would make school better for everybody",
        "our school should have a uniform",
        "a uniform would solve more problems than it creates",
    ),
    points=(
        point(
            "money",
            claim="clothes | show | who has money and who has not",
            effects=("make poor families feel guilty", "put {stress} on parents"),
            reasons=(
                "a jacket from a famous brand | costs | as much as a month of food",
                "{students} with old clothes | hear | mean comments in the corridor",
                "a uniform | is | cheaper than {many} trendy outfits",
                "nobody | can see | who is rich when we all wear the same thing",
            ),
            examples=(
                "{@when} {@friend} stayed at home because {@number} girls had laughed at a pair "
                "of old shoes",
                "{@relative} worked extra for a whole month to pay for a winter jacket that "
                "everybody else had",
            ),
        ),
        point(
            "the mornings",
            claim="a uniform | makes | the mornings {easy}",
            effects=("save time that we need for sleep", "give us one thing less to {worry_about}"),
            reasons=(
                "you | do not need | to think about what to wear",
                "the clothes | are | already there on the chair",
                "many of us | change | our clothes | are | three times before breakfast",
                "a {stressful} morning | {hurt+s} | the whole day",
            ),
            examples=(
                "{@relative} went to school in England for a year and was never late because of "
                "clothes",
                "{@when} I missed the bus since I could not decide between two shirts",
            ),
        ),
        point(
            "the feeling of a team",
            claim="a uniform | gives | the {students} a {feeling} of being a team",
            effects=("make new {students} feel welcome", "lead to fewer {fight+pl}"),
            reasons=(
                "a football team | wears | the same colours | are | for a {reason}",
                "we | see | the person | is | before the clothes",
                "people | become | proud of their school",
                "small groups | do not dress | in their own way to shut others out",
            ),
            examples=(
                "on our sports day the whole class had the same T-shirt and nobody was left out",
                "{@friend} moved here from a school with uniforms and missed that {feeling} a lot",
            ),
        ),
        point(
            "focus on learning",
            claim="the {students} | think | more about the lessons and less about their looks",
            effects=("lead to better results", "make the classroom more {quiet}"),
            reasons=(
                "school | is | a place for work and not a fashion show",
                "nobody | makes | comments about a skirt or a cap",
                "the teachers | do not waste | time on discussions about clothes",
                "a uniform | tells | the brain that it is time to work",
            ),
            examples=(
                "{@when} half of a {@subject} lesson was about a T-shirt with a rude text on it",
                "my {@sport} coach says that we train better in team clothes, and that was true "
                "for us",
            ),
        ),
    ),
)

_AGAINST = Position(
    theses=(
        "school uniforms are a bad idea",
        "everyone should choose their own clothes",
        "a uniform would take away more than it gives",
    ),
    points=(
        point(
            "freedom",
            claim="our clothes | are | a way to {show} who we are",
            effects=("be {important} when you are young", "make people feel proud of themselves"),
            reasons=(
                "teenagers | are | in the middle of finding themselves",
                "a colour | can say | more than words",
                "nobody | wants | to look like a copy",
                "the school | decides | enough things | are | already",
            ),
            examples=(
                "{@friend} started to sew clothes {@when} and suddenly dared to talk in front of "
                "the class",
                "when I was twelve I had a green hat that made me feel brave every day",
            ),
        ),
        point(
            "the cost",
            claim="a uniform | is | one more {expensive} thing to {buy}",
            effects=("be a {problem} for big families", "cost the school money"),
            reasons=(
                "you | need | normal clothes for the weekends anyway",
                "children | grow | out of everything in half a year",
                "only one shop | sells | the right shirt | is | at a high price",
                "one uniform | is | not enough when it gets dirty",
            ),
            examples=(
                "{@relative} had to pay for {@number} new shirts because the school changed its "
                "logo",
                "when {@friend} lived in London the uniform cost more than all the other clothes "
                "together",
            ),
        ),
        point(
            "bullying",
            claim="a uniform | does not stop | bullying",
            effects=("mean that the {real} {problem} stays", "give {adults} a false {feeling}"),
            reasons=(
                "bullies | always find | something else to laugh at",
                "shoes, phones and bags | {show} | the same differences | are |",
                "some people | are | mean because they feel bad themselves",
                "only {adults} who see us | can stop | it",
            ),
            examples=(
                "{@friend} was bullied in a school with uniforms because of an accent",
                "{@when} the problem in our class was a group chat and not a single shirt",
            ),
        ),
        point(
            "comfort",
            claim="we | work | better in clothes that feel right",
            effects=("make long days {easy}", "{improve} the mood in the classroom"),
            reasons=(
                "a tight collar | makes | me {tired} and {angry}",
                "our winters | are | too cold for thin trousers and skirts",
                "some {students} | cannot wear | certain materials | are |",
                "a shirt | is | not the right thing for a {boring} afternoon with tests",
            ),
            examples=(
                "at the choir concert we had white shirts and everybody complained the whole "
                "evening",
                "{@when} I had to wear a suit for a wedding and could not think of anything else",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="School uniforms",
    text=(
        "In many countries all pupils wear a uniform. Would a school uniform be a good idea at "
        "your school? Write a text to the pupils' council where you explain what you think and "
        "why, and try to convince those who do not agree with you."
    ),
    topics=("school uniforms", "uniforms at our school", "clothes at school"),
    openers=(
        "in films from England and Japan all the pupils look the same",
        "every morning I stand in front of my wardrobe and do not know what to wear",
        "the pupils' council wants to hear what we think about uniforms",
        "jeans, hoodies and white shoes are what people wear at my school",
    ),
    positions=(_AGAINST, _FOR),
    popularity=1.1,
    strictness=-0.05,
)
