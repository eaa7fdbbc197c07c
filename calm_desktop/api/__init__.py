"""The REST door: HTTP in, requests of the services, JSON out."""
