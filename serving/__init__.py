"""How our HTTP processes are served: uvicorn, with the deadlines and the cap on connections that it does not have."""
