"""Vaccination on contact networks."""
