const team = new WebSocket(`ws://${location.host}/ws/team/`);
team.onmessage = ({ data }) => console.log(data);
