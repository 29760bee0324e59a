"""The description of the API: what each route answers, who may ask it, and a page to read it on."""
