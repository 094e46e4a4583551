/** Events a second over the last minute; invalid ones in red. Drawn by hand: sixty bars need no library. */
import { memo, useEffect, useRef, useState } from "react";
import type { LiveStream } from "./live-stream.js";

export const PulseChart = memo(function PulseChart({ stream }: { stream: LiveStream }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [rate, setRate] = useState({ now: 0, peak: 0 });
  useEffect(() => {
    const draw = () => {
      const element = canvas.current;
      const context = element?.getContext("2d");
      if (!element || !context) return;
      const { total, invalid } = stream.pulse();
      const ratio = devicePixelRatio;
      const width = element.clientWidth;
      const height = element.clientHeight;
      if (element.width !== Math.round(width * ratio)) element.width = Math.round(width * ratio);
      if (element.height !== Math.round(height * ratio)) element.height = Math.round(height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      const style = getComputedStyle(element);
      const line = style.getPropertyValue("--line");
      const brand = style.getPropertyValue("--brand");
      const warn = style.getPropertyValue("--warn");
      const peak = Math.max(5, ...total);
      const step = width / total.length;
      total.forEach((count, index) => {
        const tall = count === 0 ? 1 : Math.max(2, (count / peak) * (height - 2));
        context.fillStyle = count === 0 ? line : brand;
        context.globalAlpha = count === 0 ? 1 : 0.35 + (0.65 * index) / total.length;
        context.fillRect(index * step, height - tall, Math.max(1, step - 1.5), tall);
        const bad = ((invalid[index] ?? 0) / peak) * (height - 2);
        if (bad > 0) {
          context.fillStyle = warn;
          context.globalAlpha = 1;
          context.fillRect(
            index * step,
            height - Math.max(2, bad),
            Math.max(1, step - 1.5),
            Math.max(2, bad),
          );
        }
      });
      context.globalAlpha = 1;
      setRate((old) => {
        const now = total.at(-2) ?? 0;
        const most = Math.max(...total);
        return old.now === now && old.peak === most ? old : { now, peak: most };
      });
    };
    draw();
    const timer = setInterval(draw, 500);
    return () => clearInterval(timer);
  }, [stream]);
  return (
    <figure className="pulse">
      <canvas ref={canvas} role="img" aria-label="Events a second over the last minute" />
      <figcaption className="num">
        <strong>{rate.now.toLocaleString()}</strong>/s{" "}
        <span className="dim">peak {rate.peak.toLocaleString()}</span>
      </figcaption>
    </figure>
  );
});
