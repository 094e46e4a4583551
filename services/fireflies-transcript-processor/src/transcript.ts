/** What this service reads of `fireflies.transcript.ready`; the contract was checked before it gets here. */
export interface Transcript {
  readonly id: string;
  readonly title: string;
  readonly date: string;
  /** Minutes. */
  readonly duration: number;
  readonly transcript_url: string;
  readonly audio_url?: string | null;
  readonly video_url?: string | null;
  readonly sentences: readonly Sentence[];
  readonly summary?: {
    readonly overview?: string | null;
    readonly action_items?: readonly string[];
    readonly keywords?: readonly string[];
  } | null;
  readonly participants?: readonly { readonly name: string; readonly email?: string }[];
  readonly speakers?: readonly string[];
  readonly organizer_email?: string | null;
  readonly meeting_link?: string | null;
}

export interface Sentence {
  readonly index: number;
  readonly speaker_name: string | null;
  readonly speaker_id: number;
  readonly text: string;
  readonly start_time: number;
  readonly end_time: number;
}

/** The name to show for who spoke. */
export function speakerOf({ speaker_name, speaker_id }: Sentence): string {
  return speaker_name ?? (speaker_id < 0 ? "Unknown speaker" : `Speaker ${speaker_id + 1}`);
}

/** How many people spoke: by id where the names are missing. */
export function speakerCount(transcript: Transcript): number {
  return new Set(transcript.sentences.map(speakerOf)).size;
}
