"""«Кто получал сведения обо мне»: staff, services and partners, from every service that knows (AUD-03)."""
