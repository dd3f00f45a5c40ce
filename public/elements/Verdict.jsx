// Whether what healing did was right, by one click. It carries the incident's id only; what was said before is asked, and
// the click goes through the gate like any other call. All drawing is in /public/kubelite/incident.js.
import { useEffect, useRef } from 'react';

export default function Verdict() {
  const place = useRef(null);
  useEffect(() => window.KubeLite?.mountVerdict(place.current, props.id), [props.id]);
  return <div className="kl-inline" ref={place} />;
}
