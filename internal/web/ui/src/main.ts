import { mount } from 'svelte'
import './tokens.css'
import './base.css'
import App from './App.svelte'
import { theme } from './lib/theme.svelte'

theme.apply()
mount(App, { target: document.getElementById('app')! })
