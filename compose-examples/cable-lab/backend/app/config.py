"""Where the backend's settings come from: the environment, else these defaults."""

import os
from pathlib import Path

HOST = os.environ.get('HOST', '0.0.0.0')
PORT = int(os.environ.get('PORT', '5051'))
PYPNM_URL = os.environ.get('PYPNM_URL', 'http://localhost:8000')
REDIS_URL = os.environ.get('REDIS_URL', 'redis://localhost:6379/0')
TFTP_ROOT = Path(os.environ.get('TFTP_ROOT', '/var/lib/tftpboot'))

# What an agent has to show. The same as in the agent's own configuration.
AGENT_AUTH_TOKEN = os.environ.get('AGENT_AUTH_TOKEN', 'lab-demo-3f9c51d27be84a06')
