/** Kinds of links from an id to the events that name it. */
export const CAUSE = 0;
export const CONVERSATION = 1;
