"""`make rehearse`: the bot with real accounts, step by step; its traffic is compared with that of the stand-ins."""
