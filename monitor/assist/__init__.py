"""The assistant: drafts by a language model of the operator's choice, checked by this program.

It stands outside the path: it decides no hit, no story, no alert and no silence. Reads no clock.
"""
