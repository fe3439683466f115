"""SCR-43, SCR-44: turning to support, «Мои обращения», one request with its thread; the way for those who cannot sign in."""
