export interface Sides {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export interface Room {
  readonly width?: number;
  readonly height?: number;
  readonly pixels?: number;
}

/** The largest picture of the same shape that has room; never larger than it was. */
export function fittedSides({ width, height }: Sides, room: Room): Sides {
  const scale = Math.min(
    1,
    (room.width ?? width) / width,
    (room.height ?? height) / height,
    Math.sqrt((room.pixels ?? width * height) / (width * height)),
  );
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}
