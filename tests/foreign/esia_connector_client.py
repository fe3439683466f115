"""Run by an environment of its own: the open-source `esia-connector` signs a person in at the stand-in.

Arguments: address of the stand-in, client id, certificate, key, file with the public key of tokens, person.
Prints what the client read, as JSON.
"""

import html
import json
import re
import sys
import uuid
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from esia_connector.client import EsiaAuth, EsiaSettings

BACK = "http://127.0.0.1:8080/auth/esia/callback"
SCOPE = "openid fullname birthdate gender snils email mobile"

address, client_id, certificate, key, token_key, person = sys.argv[1:]
auth = EsiaAuth(
    EsiaSettings(
        esia_client_id=client_id,
        redirect_uri=BACK,
        certificate_file=certificate,
        private_key_file=key,
        esia_service_url=address,
        esia_scope=SCOPE,
        esia_token_check_key=token_key,
    )
)
state = str(uuid.uuid4())
browser = requests.Session()
page = browser.get(auth.get_auth_url(state=state), timeout=10)
form = dict(re.findall(r'name="(request|token)"[^>]*value="([^"]*)"', page.text))
form = {name: html.unescape(value) for name, value in form.items()} | {"login": person, "password": "sandbox"}
answer = browser.post(urljoin(page.url, "/idp/login"), data=form, allow_redirects=False, timeout=10)
query = parse_qs(urlsplit(answer.headers["Location"]).query)
assert query["state"] == [state]
reader = auth.complete_authorization(query["code"][0], state)
sys.stdout.write(
    json.dumps({"person": reader.get_person_main_info(), "contacts": reader.get_person_contacts()})
)
