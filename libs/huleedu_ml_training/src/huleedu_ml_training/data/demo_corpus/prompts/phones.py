"""Whether phones belong in class."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_AGAINST = Position(
    theses=(
        "phones should be kept away during lessons",
        "phones do not belong in the classroom",
        "every school should collect the phones in the morning",
    ),
    points=(
        point(
            "concentration",
            claim="a phone | {disturb+s} | the {students} | are | during the lesson",
            effects=(
                "make it {hard} to follow what the teacher is saying",
                "take away the {focus} that a new topic needs",
            ),
            reasons=(
                "every little message | takes | our attention | is | away from the board",
                "most {students} | check | the screen as soon as it lights up",
                "it | takes | several minutes to get the {focus} back",
                "one short look | often becomes | a long chat with somebody in another room",
            ),
            examples=(
                "{@when} {@friend} got a message in the middle of a {@subject} test and forgot "
                "half of the answers",
                "a boy in my class watched videos under the desk and never knew which page we "
                "were on",
            ),
        ),
        point(
            "cheating",
            claim="phones | make | it too {easy} to cheat",
            effects=("be {unfair} to those who study at home", "make the grades worth less"),
            reasons=(
                "the answers | are | only one search away",
                "some {students} | take | photos of the questions | are | for the other class",
                "a teacher | does not see | every hand in a room with thirty people",
                "nobody | learns | anything from copying a text",
            ),
            examples=(
                "on our last {@subject} test {@number} persons had exactly the same answer, word "
                "by word",
                "{@friend} was caught with a photo of the whole chapter and had to do the test "
                "again",
            ),
        ),
        point(
            "the breaks",
            claim="we | talk | more to each other without a phone in our hands",
            effects=(
                "give new {students} a {chance} to make friends",
                "make the whole school feel more friendly",
            ),
            reasons=(
                "nobody | sits | alone with a screen in the corridor",
                "people | play | cards or table tennis | are | instead of scrolling",
                "a real conversation | makes | us {happy} in another way",
                "you | {notice} | when somebody is {sad}",
            ),
            examples=(
                "{@when} the internet was down for a whole day and the corridors were louder than "
                "ever",
                "{@friend} goes to a school with a phone ban now and told me that the breaks "
                "were much more {fun} there",
            ),
        ),
        point(
            "photos and films",
            claim="a camera in every pocket | makes | many {students} {afraid}",
            effects=("{hurt} people for a long time", "make a school feel less safe"),
            reasons=(
                "somebody | can film | you when you make a mistake",
                "one picture | spreads | to the whole school in an hour",
                "you | can never take | a photo back once it is online",
                "{students} | do not dare | to ask questions when they may be filmed",
            ),
            examples=(
                "a girl in year eight fell in the dining hall and the film was everywhere the "
                "same afternoon",
                "{@friend} stopped coming to PE because somebody took pictures in the changing "
                "room",
            ),
        ),
    ),
)

_FOR = Position(
    theses=(
        "we should be allowed to use our phones in class",
        "a phone is a tool and not an enemy",
        "a total ban on phones is the wrong way to go",
    ),
    points=(
        point(
            "information",
            claim="a phone | gives | us {knowledge} in a few seconds",
            effects=("save {much} time", "make us less dependent on old books"),
            reasons=(
                "you | can look up | a difficult word at once",
                "our books | are | often older than we are",
                "the teacher | cannot help | everybody at the same time",
                "there | are | very good films about almost every topic",
            ),
            examples=(
                "{@when} nobody in class knew the answer, not even {@teacher}, so we looked it up "
                "and learned something new",
                "{@friend} used a free app every day and went from an E to a C in {@subject}",
            ),
        ),
        point(
            "responsibility",
            claim="we | must learn | to control our phones ourselves",
            effects=("prepare us for working life", "teach us more than a ban"),
            reasons=(
                "nobody | will lock up | our phones when we are grown up",
                "{adults} | have | their phones with them at work",
                "a forbidden thing | becomes | even more exciting",
                "trust | helps | us to grow up",
            ),
            examples=(
                "{@teacher} let us decide our own phone rule {@when} and nobody broke it",
                "at my old school we hid the phones in our sleeves, so the ban did not work at all",
            ),
        ),
        point(
            "safety",
            claim="a phone | makes | us and our parents feel safe",
            effects=(
                "let us think about our work instead",
                "mean a lot to families with problems",
            ),
            reasons=(
                "our parents | can reach | us if something happens",
                "some {students} | have | long ways home in the dark",
                "a phone | can save | a life | is | in an emergency",
                "buses | are | late and plans change all the time",
            ),
            examples=(
                "{@when} {@relative} got ill and I found out at once because my phone was in my "
                "pocket",
                "{@friend} missed the last bus from {@town} and could call home for help",
            ),
        ),
        point(
            "different ways of learning",
            claim="phones | {help} | {students} who learn in another way",
            effects=("give more {students} a {fair} {chance}", "make lessons less {boring}"),
            reasons=(
                "some of us | read | with our ears better than with our eyes",
                "music | helps | me to shut out the noise",
                "you | can take | a picture of the board | is | for the evening before a test",
                "a quiz on the phone | wakes up | the whole class | is | after lunch",
            ),
            examples=(
                "{@friend} has dyslexia and listened to the whole novel instead of giving up",
                "{@teacher} made a quiz {@when} and even the quiet ones shouted out answers",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="Phones in class",
    text=(
        "Some schools collect all mobile phones in the morning, others let pupils keep them. "
        "Should phones be allowed during lessons? Write an argumentative text in which you take a "
        "stand, give reasons for your opinion and answer at least one argument against it."
    ),
    topics=("phones in class", "mobile phones at school", "phones during lessons"),
    openers=(
        "almost everybody in my class has a phone in their pocket right now",
        "the first thing I do in the morning is to look at my phone",
        "my school is thinking about a new rule for mobile phones",
        "it is hard to imagine a school day without a single phone",
    ),
    positions=(_AGAINST, _FOR),
    popularity=1.3,
)
