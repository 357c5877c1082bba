/** Where the YouTube Data API is. It has one version, without a date. https://developers.google.com/youtube/v3/docs */
const host = "https://www.googleapis.com";

export const videosUrl = `${host}/youtube/v3/videos`;
export const channelsUrl = `${host}/youtube/v3/channels`;
export const commentThreadsUrl = `${host}/youtube/v3/commentThreads`;
export const videoUploadUrl = `${host}/upload/youtube/v3/videos`;
export const thumbnailUploadUrl = `${host}/upload/youtube/v3/thumbnails/set`;

export function watchUrl(videoId: string): string {
  return `https://www.youtube.com/watch?v=${encodeURIComponent(videoId)}`;
}
