"""The demo: a believable inbox, people who answer, and a stand-in for Telegram; nothing stays behind."""
