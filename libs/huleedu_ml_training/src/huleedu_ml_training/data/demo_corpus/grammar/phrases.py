"""Set phrases of an essay, on four levels from plain to advanced.

``[clause]``, ``[label]`` and ``[thesis]`` stand for what the essay puts there; ``{…}`` is filled
by :class:`Wording`. Phrases have no capital and no full stop at the end.
"""

Levels = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Phrases for one purpose, by level 0…3."""

OPINIONS: Levels = (
    ("I think [clause]", "I think that [clause]", "for me [clause]", "I know that [clause]"),
    (
        "I think that [clause]", "in my opinion [clause]", "I believe that [clause]",
        "I feel that [clause]",
    ),
    (
        "I am convinced that [clause]", "from my point of view, [clause]",
        "personally, I believe that [clause]", "it is {clear} that [clause]",
        "in my experience, [clause]",
    ),
    (
        "I would argue that [clause]", "it can hardly be denied that [clause]",
        "there is little doubt that [clause]", "it seems {fair} to say that [clause]",
        "as far as I can see, [clause]",
    ),
)  # fmt: skip

MEMORIES: Levels = (
    ("I remember [clause]", "I remember that [clause]", "and [clause]", "[clause]"),
    ("I remember that [clause]", "it was so that [clause]", "I know that [clause]", "[clause]"),
    (
        "I will always remember that [clause]", "what I remember best is that [clause]",
        "to me it is {clear} that [clause]",
    ),
    (
        "even now I can feel how [clause]", "if I close my eyes, [clause]",
        "what has stayed with me is that [clause]", "it still amazes me that [clause]",
    ),
)  # fmt: skip

THESES: Levels = (
    ("I think that [thesis]", "I think [thesis]", "my opinion is that [thesis]"),
    (
        "I think that [thesis]", "in my opinion [thesis]", "my answer is that [thesis]",
        "I believe that [thesis]",
    ),
    (
        "I am convinced that [thesis]", "in this text I will argue that [thesis]",
        "after thinking about it for a while, I have decided that [thesis]",
        "my point of view is quite simple: [thesis]",
    ),
    (
        "I would like to argue that [thesis]",
        "having considered both sides, I have come to the conclusion that [thesis]",
        "although I can see the other side, I firmly believe that [thesis]",
        "in this essay I intend to show why [thesis]",
    ),
)  # fmt: skip

HOOKS: Levels = (
    (
        "I will write about {@topic}", "this text is about {@topic}",
        "hi, I am going to write about {@topic}", "my text is about {@topic}",
        "we got a question about {@topic}",
    ),
    (
        "in this text I am going to write about {@topic}",
        "{many} people have an opinion about {@topic}",
        "{@topic} can be talked about for hours",
        "a lot has been said about {@topic}",
        "everybody in my class has talked about {@topic} this week",
    ),
    (
        "when it comes to {@topic}, people have very {different} opinions",
        "few questions divide my class as much as the one about {@topic}",
        "have you ever really thought about {@topic}?",
        "if you ask ten people about {@topic}, you will get ten answers",
    ),
    (
        "hardly a week goes by without somebody bringing up {@topic}",
        "on the surface, the question of {@topic} may seem {easy}, but it is not",
        "whether we like it or not, {@topic} will go on concerning all of us",
        "what do we actually mean when we talk about {@topic}?",
    ),
)  # fmt: skip

NARRATIVE_HOOKS: Levels = (
    ("I will write about {@topic}", "this is about {@topic}", "my text is about {@topic}"),
    (
        "in this text I am going to tell you about {@topic}", "I have thought a lot about {@topic}",
        "when I heard about {@topic}, I knew what to write",
    ),
    (
        "when I was asked to write about {@topic}, one picture came to my mind at once",
        "have you ever tried to explain {@topic} to a stranger?",
        "it is not {easy} to write about {@topic}, but I will try",
    ),
    (
        "there are things in life that refuse to fade, and {@topic} belongs to them",
        "to write about {@topic} is to write about myself",
        "words rarely do justice to {@topic}, yet I will make an attempt",
    ),
)  # fmt: skip

ANNOUNCEMENTS: Levels = (
    ("I will tell you why", "here is why", "there are some {reason+pl}"),
    ("I have some {reason+pl} for this", "I will explain why I think so", "let me tell you why"),
    (
        "there are several {reason+pl} why I think so", "I will try to explain my {reason+pl}",
        "let me explain what I mean by that",
    ),
    (
        "in what follows, I will look at the most {important} {reason+pl} one by one",
        "there is more than one {reason} for this, and each of them deserves some space",
    ),
)  # fmt: skip

FIRST_POINTS: Levels = (
    ("first [label]", "the first thing is [label]", "one thing is [label]"),
    (
        "first of all I want to write about [label]", "the first thing I think about is [label]",
        "one {reason} is [label]",
    ),
    (
        "to begin with, I would like to mention [label]",
        "the first {thing} to consider is [label]", "let me start with [label]",
    ),
    (
        "the most obvious place to start is [label]", "first and foremost, there is [label]",
        "the first thing that comes to mind is, of course, [label]",
    ),
)  # fmt: skip

NEXT_POINTS: Levels = (
    ("and then [label]", "another thing is [label]", "also [label]"),
    ("another thing is [label]", "then we have [label]", "my next point is [label]"),
    (
        "another {important} {thing} is [label]", "furthermore, there is [label]",
        "in addition to this, I want to mention [label]",
    ),
    (
        "closely connected to this is [label]", "no less {important} is [label]",
        "this brings me to my next point, which is [label]",
    ),
)  # fmt: skip

LAST_POINTS: Levels = (
    ("last [label]", "the last thing is [label]", "and then there is [label]"),
    ("the last thing is [label]", "finally I want to write about [label]", "lastly [label]"),
    (
        "finally, there is [label]", "last but not least, I want to mention [label]",
        "my last {reason} is [label]",
    ),
    (
        "finally, and perhaps most importantly, there is [label]",
        "there is one more {thing} that deserves attention, namely [label]",
    ),
)  # fmt: skip

COUNTERS: Levels = (
    ("some people say that [clause] but I do not think so", "others think [clause] but no"),
    (
        "some people say that [clause], but I do not agree",
        "of course there are people who think that [clause]",
        "others believe that [clause], but they are wrong",
    ),
    (
        "on the other hand, {many} people {say} that [clause]",
        "somebody who disagrees with me would probably say that [clause]",
        "it is true that [clause], but that is only one side of it",
    ),
    (
        "admittedly, there are those who {say} that [clause]",
        "a common objection is that [clause], and I can understand why",
        "those who take the opposite view tend to point out that [clause]",
    ),
)  # fmt: skip

REBUTTALS: Levels = (
    ("but I think that [clause]", "but [clause] and that is more {important}"),
    ("but I still think that [clause]", "however, they forget that [clause]"),
    (
        "however, that does not change the fact that [clause]", "what they forget is that [clause]",
        "even so, I {think} that [clause]",
    ),
    (
        "while there is some truth in this, it overlooks the fact that [clause]",
        "that argument, however, falls apart as soon as we remember that [clause]",
        "nevertheless, it remains true that [clause]",
    ),
)  # fmt: skip

CONCLUSIONS: Levels = (
    (
        "so that is why I think that [thesis]", "so [thesis]",
        "that is what I think about {@topic}", "that was my text about {@topic}",
    ),
    (
        "to sum up, I think that [thesis]", "so my conclusion is that [thesis]",
        "because of all this I think that [thesis]",
    ),
    (
        "in conclusion, I {think} that [thesis]", "to sum up what I have said, [thesis]",
        "all in all, there are good {reason+pl} to say that [thesis]",
    ),
    (
        "all things considered, I remain convinced that [thesis]",
        "taking all of this into account, it seems {clear} to me that [thesis]",
        "having looked at it from {different} angles, I can only conclude that [thesis]",
    ),
)  # fmt: skip

NARRATIVE_ENDS: Levels = (
    ("that was my text about {@topic}", "so that is it", "and that was all"),
    (
        "that is why I chose to write about {@topic}", "I will never forget it",
        "this is what I wanted to tell you about {@topic}",
    ),
    (
        "looking back, I understand how much it has meant to me",
        "I do not know who I would be without it",
        "now you know why I could not write about anything else",
    ),
    (
        "perhaps that is what growing up is about: learning what to carry with you",
        "whatever the future holds, this is something nobody can take away from me",
        "it took me years to {understand} it, but now I am grateful",
    ),
)  # fmt: skip
