"""What the API refused, as the commands pass it on."""


class ApiProblem(Exception):
    """The API refused, or is away; the text says why and what to do, in the user's language."""
