/** All that the mapping reads of a transcript, in one request. */
export const TRANSCRIPT_QUERY = `query Transcript($transcriptId: String!) {
  transcript(id: $transcriptId) {
    id
    title
    date
    dateString
    duration
    privacy
    transcript_url
    audio_url
    video_url
    meeting_link
    host_email
    organizer_email
    participants
    speakers { id name }
    meeting_attendees { displayName name email }
    meeting_info { silent_meeting summary_status }
    sentences {
      index
      speaker_name
      speaker_id
      text
      raw_text
      start_time
      end_time
      ai_filters { task pricing metric question date_and_time text_cleanup sentiment }
    }
    summary { overview short_summary action_items keywords }
  }
}`;
