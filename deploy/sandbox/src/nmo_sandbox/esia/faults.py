"""What can go wrong at the ЕСИА stand-in."""

from nmo_sandbox.common.faults import DOWN, SLOW, Fault

ESIA_FAULTS = (
    DOWN,
    SLOW,
    Fault("clock_skew", "the stand-in's clock runs ahead by that many seconds (negative: behind)", 3600),
    Fault("html_error", "the token and REST endpoints answer 500 with an HTML page"),
    Fault("truncated_json", "answers of the token and REST endpoints break off in the middle"),
    Fault("unavailable", "the token endpoint answers 503 with ESIA-007008"),
    Fault("string_expires_in", "expires_in is a text"),
    Fault("bad_signature", "tokens are signed with a key that is published nowhere"),
    Fault("swapped_halves", "the two halves of a token's signature stand in the other order"),
    Fault("alg_none", "tokens carry alg none and no signature"),
    Fault("alg_hs256", "tokens are signed with HMAC over the published certificate's PEM"),
    Fault("wrong_issuer", "iss of the tokens", "http://esia.example.org/"),
    Fault("wrong_audience", "aud of the id token and client_id of the access token", "OTHER01"),
    Fault("wrong_kind", "the id token says it is an access token, and the other way round"),
    Fault("old_tokens", "tokens are issued that many seconds in the past", 86_400),
    Fault("future_tokens", "tokens are issued that many seconds in the future", 86_400),
    Fault("expired_code", "every code counts as expired"),
    Fault("wrong_state", "the redirect and the token answer carry another state"),
    Fault("no_id_token", "the token answer has no id token"),
    Fault("other_sub", "the id token names another person than the access token"),
    Fault("missing_trusted", "the person's answer has no trusted flag"),
    Fault("missing_snils", "the person's answer has no СНИЛС"),
    Fault("expired_certificate", "the archive holds certificates whose term has ended"),
    Fault("rest_denied", "REST answers 403 ESIA-005029"),
    Fault("rest_error_list", "REST errors come as a list of objects"),
)
