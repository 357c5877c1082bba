"""Judges signed requests, one JSON document a line, as a protected resource does that is built with oauthlib."""

import json
import sys

from oauthlib.oauth1 import RequestValidator, ResourceEndpoint


class Validator(RequestValidator):
    enforce_ssl = False
    # The cases have one timestamp: see validate_timestamp_and_nonce.
    timestamp_lifetime = 10**10

    def __init__(self, case):
        super().__init__()
        self.case = case

    # Lengths and alphabets are each server's own affair.
    def check_client_key(self, client_key):
        return True

    def check_access_token(self, request_token):
        return True

    def check_nonce(self, nonce):
        return nonce.isascii() and len(nonce) >= 20

    dummy_client = "nobody"
    dummy_access_token = "nothing"

    def validate_client_key(self, client_key, request):
        return client_key == self.case["consumerKey"]

    def validate_access_token(self, client_key, token, request):
        return token == self.case["token"]

    def get_client_secret(self, client_key, request):
        return self.case["consumerSecret"]

    def get_access_token_secret(self, client_key, token, request):
        return self.case["tokenSecret"]

    def validate_timestamp_and_nonce(self, client_key, timestamp, nonce, request, request_token=None, access_token=None):
        return int(timestamp) == self.case["timestamp"]

    def validate_realms(self, client_key, token, request, uri=None, realms=None):
        return True


for line in sys.stdin:
    case = json.loads(line)
    request = case["request"]
    valid, seen = ResourceEndpoint(Validator(case)).validate_protected_resource_request(
        request["url"], request["method"], request.get("body"), request["headers"]
    )
    told = {"valid": valid, "reasons": dict(seen.validator_log), "query": seen.uri_query_params} if seen else {"valid": valid}
    print(json.dumps(told), flush=True)
