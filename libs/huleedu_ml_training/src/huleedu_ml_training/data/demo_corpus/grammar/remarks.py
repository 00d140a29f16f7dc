"""Whole sentences that fit many essays: remarks, endings, and chatter that fits none."""

from huleedu_ml_training.data.demo_corpus.grammar.phrases import Levels

REMARKS: Levels = (
    (
        "it is not good", "I do not like it", "it is like that at my school too",
        "everybody knows that", "my mum says the same", "I have seen it many times",
        "that is just how it is", "it is {very} {important} for me", "you can ask anyone",
        "it is the same every day", "I am serious", "not everyone understands this",
        "I would be {very} {sad}", "and that is {very} {bad}", "I do not know why",
        "it happens all the time", "my friends think so too", "I hope you understand me",
    ),
    (
        "I have seen this many times in my own school",
        "my parents and I talk about this quite {often}",
        "it is something that everybody in my class has noticed",
        "I do not think that anyone can say that this is {good}",
        "of course it is not the same for everybody",
        "this is a {problem} that we have to do something about",
        "if you ask me it is as simple as that", "I have thought about it a lot",
        "many of my friends have told me the same thing", "it is easy to forget this",
        "I really think that we should talk more about it",
        "some people laugh at this, but I do not", "I know this from my own life",
        "this is {important} for young people {today}",
    ),
    (
        "I have experienced this myself more than once, and it has made me think",
        "this is something that both young people and {adults} should take seriously",
        "it may sound like a {small} thing, but it makes a {big} difference",
        "we should ask ourselves what kind of future we want",
        "the more I think about it, the more {clear} it becomes",
        "of course nobody is perfect, and I am no better than the others",
        "if more people thought about this, we would have fewer {problem+pl}",
        "it is easy to complain, but it is {hard} to come up with a better {idea}",
        "most of us know this, but we {often} act as if we did not",
        "there is always another side to the story, and I try to keep that in mind",
        "it does not have to be like this",
        "when I talked to my classmates about it, most of them agreed",
    ),
    (
        "it is precisely this {thing} that tends to be overlooked in the debate",
        "one might object that times have changed, but human nature has not",
        "what strikes me most is how rarely anybody questions it",
        "needless to say, there is no simple answer that suits everyone",
        "it goes without saying that every generation has had to face something similar",
        "the question is not whether this matters, but how much we are prepared to do about it",
        "if there is one thing that experience has taught me, it is to look twice before judging",
        "however {small} it may seem, the long-term {effect} should not be underestimated",
        "only when we see the whole picture can we make a wise decision",
        "we tend to take such things for granted until they are gone",
        "it would be naive to believe that the matter will resolve itself",
    ),
)  # fmt: skip

NARRATIVE_REMARKS: Levels = (
    (
        "it was {very} {fun}", "I was {very} {happy}", "I do not know what to say",
        "it is the best", "I will never forget it", "it was {strange}", "I was so {tired}",
        "you should have been there", "it is {hard} to explain", "I still think about it",
        "it means a lot for me", "I had never felt like that", "it was not like in a film",
    ),
    (
        "it is {hard} to explain how it felt", "I still think about it {often}",
        "I get a warm {feeling} when I think about it", "at that moment I did not {understand} it",
        "nobody else in my class has something like that",
        "I have told {@friend} about it many times", "it feels like yesterday",
        "you have to see it to {understand} what I mean", "I wish that everyone had this",
        "when I am {sad} I think about it and then I feel better",
    ),
    (
        "even now I can smell, hear and see it as if I were there",
        "it taught me something that I could not have learned from a book",
        "I was too young to {understand} it, but I felt that it was {important}",
        "sometimes the {small} things turn out to be the {big} ones",
        "my heart beats a little faster whenever I think of it",
        "I would not exchange it for anything in the world",
        "it is a {feeling} that I have tried to find again ever since",
        "people who have never felt it may find it {strange}, and I do not blame them",
    ),
    (
        "looking back, I realise how little it takes to change the course of a life",
        "there was something in the air that I have never been able to put into words",
        "memory is a strange thing: it keeps the light and lets go of the rest",
        "had I known then what I know now, I would have looked around more carefully",
        "it is as if a part of me had never left",
        "little did I know how much it would come to mean",
        "not until much later did I understand what I had been given",
        "in a world that never stops, that alone is worth more than gold",
    ),
)  # fmt: skip

CLOSINGS: Levels = (
    (
        "thank you for reading", "what do you think?", "bye", "the end", "I hope you agree",
        "that is all I have to say",
    ),
    (
        "I hope that you agree with me", "what do you think about this?", "think about it!",
        "I hope that this will change soon", "thank you for reading my text",
    ),
    (
        "I hope that this text has given you something to think about",
        "it is up to all of us to do something about it",
        "maybe it is time for all of us to think again",
        "is that not what we all want in the end?",
    ),
    (
        "the choice, in the end, is ours", "it is high time that we had the courage to say so",
        "if not now, when, and if not us, who?",
        "that, to my mind, is a thought worth holding on to",
    ),
)  # fmt: skip

CHATTER: tuple[str, ...] = (
    "my dog is called Bella and she is {very} old", "yesterday we had pancakes for lunch",
    "I like pizza and {@sport}", "I have a math test on {@weekday}", "it is raining today",
    "my favourite colour is green", "I want to be a vet or a pilot when I grow up",
    "{@relative} has a new car and it is {very} fast", "I do not know what to write now",
    "we are going to {@town} next weekend", "my phone is almost out of battery",
    "{@friend} is sitting next to me and is already finished", "I am {very} hungry now",
    "last summer we were in Greece and it was {very} hot", "I have {@number} cousins",
    "my cat sleeps in my bed every night", "I play {@sport} on {@weekday}s",
    "I watched a film about sharks yesterday", "my favourite subject is {@subject}",
    "the food in our school is not so good", "it is soon Christmas", "I got new shoes",
    "my room is {very} small but it has two windows", "I have braces on my teeth",
    "we have lived in our house for {@number} years", "my brother can eat ten hamburgers",
    "I was ill last week so I missed the lesson", "the bus was late again this morning",
    "I would like to travel to Japan one day", "{@friend} has the best sense of humour",
    "the wifi at school is {very} slow", "I forgot my book at home today",
    "my birthday is in {@number} weeks", "there is a new girl in the other class",
    "my grandfather had a farm with pigs", "I am better at {@subject} than at English",
    "we have a new sofa at home and it is blue", "I can play a little guitar",
    "in the summer I sleep until twelve", "my favourite food is tacos",
    "on Fridays we always eat crisps and watch TV", "I have never been to America",
)  # fmt: skip

ADDITIONS: Levels = (
    ("and", "also", "and then", "and also"),
    ("also,", "and", "besides,", "then"),
    ("furthermore,", "in addition,", "besides that,", "on top of that,"),
    ("moreover,", "what is more,", "by the same token,", "in a similar way,"),
)

EXAMPLES: Levels = (
    ("like", "for example", "for example", ""),
    ("for example,", "for example", "", ""),
    ("for instance,", "to give an example,", "", ""),
    ("to illustrate this,", "as an example of this,", "", ""),
)

RESULTS: Levels = (
    ("so it", "and it", "it", "this"),
    ("this", "that", "and this", "all of this"),
    ("as a result, it", "in this way, it", "in the end, this", "this also"),
    ("consequently, it", "in the long run, this", "ultimately, this", "this, in turn,"),
)

REPETITIONS: tuple[str, ...] = (
    "like I said [clause]", "as I said before [clause]", "so [clause]", "and [clause]",
    "as I wrote [clause]", "yes, [clause]",
)  # fmt: skip
