// One approval card. It carries the id only; what it shows and does goes through /api/approvals/{id}, so it lives through
// reloads, restarts and a second tab. All drawing is in /public/kubelite/approval.js.
import { useEffect, useRef } from 'react';

export default function Approval() {
  const place = useRef(null);
  useEffect(() => window.KubeLite?.mountApproval(place.current, props.id), [props.id]);
  return <div className="kl-inline" ref={place} />;
}
