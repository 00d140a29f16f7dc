"""Whether reading for pleasure still matters."""

from huleedu_ml_training.data.demo_corpus.prompts.model import Position, Prompt, point

_MATTERS = Position(
    theses=(
        "everyone should read books in their free time",
        "reading is still one of the best habits a person can have",
        "schools must do more to get us to read",
    ),
    points=(
        point(
            "language",
            claim="a person who reads | gets | a bigger vocabulary",
            effects=("make it {easy} to write", "{help} you in every school subject"),
            reasons=(
                "you | meet | new words in a real situation",
                "a book | has | longer sentences than a chat",
                "spelling | gets | better without any effort",
                "your own texts | start | to sound like the ones you read",
            ),
            examples=(
                "{@friend} read {@number} English novels {@when} and went from a D to a B",
                "before I started with fantasy books my essays were one page long, and after that "
                "they were four",
            ),
        ),
        point(
            "understanding others",
            claim="a story | lets | you live the life of somebody else",
            effects=("make us more {kind}", "teach us more than any film"),
            reasons=(
                "you | hear | the thoughts of a person who is not like you",
                "a book | can take | you to a war or to another planet",
                "we | {understand} | why people do {bad} things",
                "you | cry | with someone who does not even exist",
            ),
            examples=(
                "I read about a girl who fled across the sea and understood a classmate from "
                "Syria much better",
                "{@relative} gave me a book about autism {@when} and it changed how I saw {@friend}",
            ),
        ),
        point(
            "rest",
            claim="reading | is | the best kind of rest",
            effects=("make the brain calm", "help you to sleep"),
            reasons=(
                "a book | does not send | any notifications",
                "the pages | do not shine | in your eyes at midnight",
                "the noise of the day | disappears | after two pages",
                "you | decide | the speed yourself",
            ),
            examples=(
                "{@when} I changed the phone for a book before bed and fell asleep in ten "
                "minutes",
                "at our summer house without internet even {@relative} read {@number} books",
            ),
        ),
        point(
            "concentration",
            claim="a book | trains | our {focus} | is |",
            effects=("be {useful} in all subjects", "be unusual nowadays"),
            reasons=(
                "a chapter | is | longer than any video clip",
                "you | must remember | the names | are | from one page to the next",
                "it | takes | patience to reach the exciting part",
                "the pictures | grow | in your own head",
            ),
            examples=(
                "in the beginning I could read for five minutes, but {@when} I read for two "
                "hours without looking up",
                "{@teacher} started every lesson with ten minutes of reading and the class became "
                "calm",
            ),
        ),
    ),
)

_FINE = Position(
    theses=(
        "you do not have to read books to be a good person",
        "films and games can give us just as much as books",
        "nobody should be forced to read for fun",
    ),
    points=(
        point(
            "other kinds of stories",
            claim="a series or a game | can tell | a story just as well as a book",
            effects=("reach more young people", "make stories more {fun}"),
            reasons=(
                "music and pictures | give | us {feeling+pl} that words cannot",
                "a game | lets | you decide how the story ends",
                "some series | are | longer and deeper than a novel",
                "a story around a fire | is | older than any book",
            ),
            examples=(
                "I cried more at the end of a game {@when} than at any book in school",
                "{@friend} learned about the Second World War from a series and got an A on the "
                "test",
            ),
        ),
        point(
            "force",
            claim="forced reading | makes | us {hate} books",
            effects=("destroy the joy", "give the opposite result"),
            reasons=(
                "nobody | {like+s} | a thing that they must do",
                "the school | chooses | books from another century",
                "you | must write | a report | is | about every chapter",
                "slow readers | feel | stupid in front of the class",
            ),
            examples=(
                "{@teacher} made us read a novel from 1890 and {@number} of us read only the "
                "summary",
                "{@friend} loved comics until somebody said that comics are not real books",
            ),
        ),
        point(
            "time",
            claim="we | read | all day without calling it reading",
            effects=("make the whole debate a bit {strange}", "count as reading too"),
            reasons=(
                "messages, news and subtitles | are | also texts",
                "I | read | more English online than in all my school books",
                "an article | can teach | you more than a long novel",
                "the day | is | already full of school texts",
            ),
            examples=(
                "{@when} I counted, and I read over two hundred messages and {@number} articles "
                "in one day",
                "{@relative} never opens a book but knows everything about space from the "
                "internet",
            ),
        ),
        point(
            "different people",
            claim="{people} | learn | in {different} ways",
            effects=("be nothing to be ashamed of", "make the world {interesting}"),
            reasons=(
                "some | think | with their hands",
                "a dyslexic person | works | ten times harder with every page",
                "you | can listen | to the same story while you walk the dog",
                "a carpenter | does not need | Shakespeare to build a house",
            ),
            examples=(
                "{@friend} cannot sit still with a book but can repair any bike in {@town}",
                "my uncle left school at sixteen without reading a novel and runs a company "
                "today",
            ),
        ),
    ),
)

PROMPT = Prompt(
    name="Reading for pleasure",
    text=(
        "Surveys show that teenagers read fewer and fewer books in their free time. Does it "
        "matter? Write an essay in which you explain why reading for pleasure is or is not "
        "important for young people today, and what could be done."
    ),
    topics=("reading for pleasure", "books and reading", "young people and books"),
    openers=(
        "on the shelf in my room there are eleven books and I have read two of them",
        "my grandfather says that a house without books is a house without windows",
        "teenagers do not read any more, the newspapers write",
        "the last time I finished a whole book was a long time ago",
    ),
    positions=(_MATTERS, _FINE),
    difficulty=0.15,
    strictness=0.05,
)
