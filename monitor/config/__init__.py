"""`config.yaml` and the environment → settings; every mistake is reported at once.

Empty on purpose: `places` is light, and commands that only read import nothing else from here.
"""
