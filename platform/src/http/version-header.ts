/** On every answer of the API: by it a client knows that it is a platform that answers, and which. */
export const VERSION_HEADER = "x-bloodbank-version";
