"""`config.yaml` and the environment → settings; every mistake is reported at once.

Empty on purpose: commands that only read the database import `paths` alone, which is light.
"""
