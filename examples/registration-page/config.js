// The address of the API. It is no parameter of the page's address: a link must not be able to send tokens elsewhere.
export const API = 'http://127.0.0.1:8080'
