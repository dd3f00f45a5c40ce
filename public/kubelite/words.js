// States as shape + word + colour, trusted in this order: colour alone tells many people nothing.

export const SHAPES = {
  Failed: 'cross', 'Crash-looping': 'triangle', Degraded: 'triangle', Updating: 'half', Unknown: 'unknown',
  Starting: 'hollow', Running: 'square', Stopped: 'circle', Completed: 'check',
};

const TONES = {
  Failed: 'bad', 'Crash-looping': 'bad', Degraded: 'warn', Updating: 'busy', Unknown: 'grey',
  Starting: 'busy', Running: 'good', Stopped: 'grey', Completed: 'good',
};

// Nothing has to be done about these.
export const isFine = (app) => ['Running', 'Stopped', 'Completed'].includes(app.status);

export const tone = (status) => TONES[status] || 'grey';

// Of one replica: [shape, tone, word].
export function replicaState(pod, appStatus) {
  if (appStatus === 'Unknown') return ['unknown', 'grey', 'unknown'];
  if (pod.phase === 'Failed') return ['cross', 'bad', exited(pod)];
  if (pod.phase === 'Succeeded') return ['check', 'good', 'finished'];
  if (pod.phase === 'Running' && pod.ready) return pod.current ? ['square', 'good', 'running'] : ['half', 'busy', 'running the old revision'];
  if (pod.retry_at) return ['triangle', 'bad', exited(pod)];
  if (pod.phase === 'Running') return ['hollow', 'busy', 'running, not ready yet'];
  if (pod.phase === 'Pending') return ['hollow', 'busy', 'starting'];
  return ['hollow', 'grey', 'waiting'];
}

function exited(pod) {
  if (pod.exit_code !== null && pod.exit_code !== undefined) return `exit ${pod.exit_code}${pod.exit_reason ? `, ${pod.exit_reason}` : ''}`;
  return pod.exit_reason || 'failed';
}

export function memory(bytes) {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

export const cpu = (millicores) => (millicores >= 1000 ? `${(millicores / 1000).toFixed(1)} cores` : `${millicores} m`);

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

// As the server writes money: two decimals at least, four at most and only for what is small.
export function dollars(amount) {
  const size = Math.abs(amount);
  const [whole, part = ''] = size.toFixed(size >= 1 ? 2 : size >= 0.01 ? 3 : 4).split('.');
  return `${amount < 0 ? '-' : ''}$${Number(whole).toLocaleString('en-US')}.${part.replace(/0+$/, '').padEnd(2, '0')}`;
}
