// The script of an event's page.
