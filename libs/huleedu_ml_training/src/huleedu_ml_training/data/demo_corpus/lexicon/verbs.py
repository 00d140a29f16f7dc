"""Verbs that pupils use, for finding their forms in a text."""

from huleedu_ml_training.data.demo_corpus.lexicon.inflection import past, third_person

_COMMON = """
add affect agree allow answer appreciate apply ask assist attempt bake become believe belong blame
boost borrow bother break bring build burn buy call care carry cause change chat check cheat choose
clean climb come compare complain consider control cook copy cost cough create cry cut damage dare
decide demonstrate depend destroy develop disappear discover discuss distract disturb do draw dream
drink drive drop earn eat end enhance enjoy expect explain fail fall feel fight fill find finish
fix follow forget gain get give go grow happen harm hate have hear help hide hold hope hurt
illustrate impair imagine improve influence interrupt invent invite jump keep kick kill know laugh
lead learn leave let like listen live look lose love make matter mean meet miss move need notice
obtain offer open own pay perceive perform permit pick plan play post practise prefer prepare
promise protect prove pull purchase put reach read realise receive recognise refuse remember
require rely return ride rise run save say scream see seem select sell send shape share shine shout
show sit sleep smell smile solve sound speak spend spoil spread squander stand start stay steal
stop strengthen study suffer support survive swim take talk taste teach tell thank think throw
touch train transform travel treat trust try turn understand use utilise visit wait wake walk want
waste watch wear win wish wonder work worry write
"""

BASE_FORMS: tuple[str, ...] = tuple(_COMMON.split())

PRESENT_TO_BASE: dict[str, str] = {third_person(verb): verb for verb in BASE_FORMS}
"""Third person singular → base form."""

BASE_TO_PRESENT: dict[str, str] = {verb: third_person(verb) for verb in BASE_FORMS}
"""Base form → third person singular."""

PAST_TO_BASE: dict[str, str] = {past(verb): verb for verb in BASE_FORMS if past(verb) != verb}
"""Simple past → base form, where the two differ."""
