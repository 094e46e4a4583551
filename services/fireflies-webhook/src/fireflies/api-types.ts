/**
 * What Fireflies' GraphQL API gives for one transcript (docs.fireflies.ai, schema/transcript). Read with distrust:
 * every member may be missing or null, and numbers come as strings in places.
 */
export interface ApiTranscript {
  readonly id: string;
  readonly title?: string | null;
  /** Milliseconds since the epoch, UTC. */
  readonly date?: number | string | null;
  /** The same, as ISO 8601. */
  readonly dateString?: string | null;
  /** Minutes. */
  readonly duration?: number | string | null;
  readonly transcript_url?: string | null;
  readonly audio_url?: string | null;
  readonly video_url?: string | null;
  readonly meeting_link?: string | null;
  readonly privacy?: string | null;
  readonly host_email?: string | null;
  readonly organizer_email?: string | null;
  /** Addresses; sometimes several in one string, with commas. */
  readonly participants?: readonly (string | null)[] | null;
  readonly speakers?: readonly ApiSpeaker[] | null;
  readonly sentences?: readonly ApiSentence[] | null;
  readonly meeting_attendees?: readonly ApiAttendee[] | null;
  readonly summary?: ApiSummary | null;
  readonly meeting_info?: {
    readonly silent_meeting?: boolean | null;
    readonly summary_status?: string | null;
  } | null;
}

interface ApiSpeaker {
  readonly id?: number | string | null;
  readonly name?: string | null;
}

export interface ApiSentence {
  readonly index?: number | string | null;
  readonly speaker_name?: string | null;
  readonly speaker_id?: number | string | null;
  readonly text?: string | null;
  readonly raw_text?: string | null;
  /** Seconds from the meeting's beginning. */
  readonly start_time?: number | string | null;
  readonly end_time?: number | string | null;
  readonly ai_filters?: Readonly<Record<string, unknown>> | null;
}

interface ApiAttendee {
  readonly displayName?: string | null;
  readonly name?: string | null;
  readonly email?: string | null;
}

export interface ApiSummary {
  readonly overview?: string | null;
  readonly short_summary?: string | null;
  /** Markdown: a bold name a line, and beneath it what that person took on, with a time in brackets. */
  readonly action_items?: string | readonly string[] | null;
  readonly keywords?: readonly string[] | null;
}
