"""Where version 1 of the API begins."""

V1 = "/api/v1"
